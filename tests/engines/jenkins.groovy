// Runs the `Jenkinsfile` of the workspace with stand-ins for the steps of Jenkins that it uses. Everything else in it is
// real Groovy, and its scripts are real ones; a step that has no stand-in here is an error.
//
// SHELL_OF_AGENT  which `sh` the agent has
// CREDENTIALS     the secret texts by their ids, JSON
// ABORT           if set, the build is aborted as soon as the ids are in the file

import groovy.json.JsonSlurper

def workspace = new File(System.getenv('WORKSPACE'))
def credentials = new JsonSlurper().parseText(System.getenv('CREDENTIALS'))
def variables = [:]

// Jenkins writes the script to a file and starts it with `-xe`.
def sh = { Map step ->
    def script = new File(workspace.parentFile, 'script.sh')
    script.text = step.script
    def process = new ProcessBuilder(System.getenv('SHELL_OF_AGENT'), '-xe', script.path).directory(workspace).inheritIO()
    process.environment().remove('CREDENTIALS')
    process.environment().putAll(variables)
    def running = process.start()
    if (System.getenv('ABORT')) {
        def file = new File(workspace, 'release-step.json')
        while (running.alive && !(file.exists() && file.text.contains('"submitted"'))) {
            sleep(20)
        }
        running.destroy() // SIGTERM
        running.waitFor()
        throw new InterruptedException('the build is aborted')
    }
    int status = running.waitFor()
    if (!step.returnStatus && status != 0) {
        throw new Exception("script returned exit code ${status}")
    }
    step.returnStatus ? status : null
}

def within = { Map more, Closure body ->
    variables.putAll(more)
    body()
    more.keySet().each { variables.remove(it) }
}

new GroovyShell(new Binding(
    properties: { List jobs -> },
    disableConcurrentBuilds: { -> },
    node: { Closure body -> body() },
    string: { Map binding -> [(binding.variable): credentials[binding.credentialsId]] },
    withCredentials: { List bindings, Closure body -> within(bindings.sum(), body) },
    withEnv: { List pairs, Closure body -> within(pairs.collectEntries { it.split('=', 2).toList() }, body) },
    sh: sh,
    readJSON: { Map step -> new JsonSlurper().parse(new File(workspace, step.file)) },
    archiveArtifacts: { Map step ->
        def file = new File(workspace, step.artifacts)
        assert file.exists() || step.allowEmptyArchive
        if (file.exists()) {
            new File(workspace.parentFile, 'archive.json').text = file.text
        }
    },
    echo: { println("echo: ${it}") },
    error: { throw new Exception("error: ${it}") },
)).evaluate(new File(workspace, 'Jenkinsfile'))
