// Stand-ins for the steps of Jenkins that the README and the library use. A step or a parameter that has none here is an error. `build` is
// what `build` in controller.py describes.

import groovy.json.JsonSlurper
import java.lang.annotation.Retention
import java.lang.annotation.RetentionPolicy
import java.util.concurrent.ConcurrentHashMap

@interface Library {
    String value()
}

@Retention(RetentionPolicy.RUNTIME)
@interface NonCPS {
}

// What a block such as `withEnv` or `dir` changes for the steps in it.
class Surroundings {
    Map variables = [:]
    File folder
}

abstract class Steps extends Script {
    static Map build
    static File base
    static File resources
    static Class library
    static Class aborted
    static Class failure
    static InheritableThreadLocal<Surroundings> here = new InheritableThreadLocal<>()
    static Set archived = ConcurrentHashMap.newKeySet()

    static void begin(Map described) {
        build = described
        base = new File(build.base)
        library = null
        resources = null
        archived.clear()
        here.set(new Surroundings(folder: new File(build.environment.WORKSPACE)))
    }

    // Jenkins loses a step that is called in a method which it does not transform, and in one of Groovy's own that take a closure.
    static void step(String name, Map parameters, List allowed) {
        def unknown = parameters.keySet() - allowed
        assert unknown.empty: "`${name}` has no parameter ${unknown}"
        def callers = Thread.currentThread().stackTrace
        def untransformed = library ? library.declaredMethods.findAll { it.isAnnotationPresent(NonCPS) }*.name : []
        for (frame in callers) {
            assert !(frame.className == library?.name && frame.methodName in untransformed): "`${name}` in @NonCPS ${frame}"
            assert !(frame.className ==~ /org\.codehaus\.groovy\.runtime\.\w*GroovyMethods/): "`${name}` in ${frame}"
        }
    }

    def inside(Map changes, Closure body) {
        def outer = here.get()
        def variables = outer.variables + (changes.variables ?: [:])
        here.set(new Surroundings(variables: variables, folder: changes.folder ?: outer.folder))
        try {
            return body()
        } finally {
            here.set(outer)
        }
    }

    File file(String path) {
        path.startsWith('/') ? new File(path) : new File(here.get().folder, path)
    }

    // The structure of pipelines.
    def getAny() { 'any' }
    def getScm() { 'scm' }
    def pipeline(Closure body) { body() }
    def agent(String which) { assert which == 'any' }
    def options(Closure body) { body() }
    def disableConcurrentBuilds() { 'disableConcurrentBuilds' }
    def properties(List all) { }
    def stages(Closure body) { body() }
    def stage(String name, Closure body) { body() }
    def steps(Closure body) { body() }
    def script(Closure body) { body() }
    def node(Closure body) { body() }

    def timeout(Map limit) { step('timeout', limit, ['time', 'unit']) }

    def timeout(Map limit, Closure body) {
        timeout(limit)
        body()
    }

    def parallel(Map legs) {
        def failed = []
        def threads = []
        for (leg in legs.values()) {
            Closure body = leg
            threads << Thread.start {
                try {
                    body()
                } catch (Exception exception) {
                    synchronized (failed) { failed << exception }
                }
            }
        }
        threads*.join()
        if (failed) {
            throw failed[0]
        }
    }

    def catchError(Closure body) { catchError([:], body) }

    def catchError(Map parameters, Closure body) {
        step('catchError', parameters, ['buildResult', 'stageResult'])
        try {
            body()
        } catch (Exception exception) {
            if (aborted.isInstance(exception)) {
                throw exception
            }
            println("caught: ${exception.message}")
        }
    }

    // Credentials Binding.
    def string(Map binding) {
        step('string', binding, ['credentialsId', 'variable'])
        [(binding.variable): build.credentials[binding.credentialsId]]
    }

    def usernamePassword(Map binding) {
        step('usernamePassword', binding, ['credentialsId', 'usernameVariable', 'passwordVariable'])
        def pair = build.credentials[binding.credentialsId]
        [(binding.usernameVariable): pair[0], (binding.passwordVariable): pair[1]]
    }

    def withCredentials(List bindings, Closure body) {
        step('withCredentials', [:], [])
        assert bindings && bindings.every { variables -> variables.every { it.key && it.value } }
        inside(variables: bindings.inject([:]) { all, some -> all + some }, body)
    }

    def withEnv(List<String> pairs, Closure body) {
        step('withEnv', [:], [])
        def variables = [:]
        for (pair in pairs) {
            assert pair instanceof String && pair.contains('=')
            variables[pair.substring(0, pair.indexOf('='))] = pair.substring(pair.indexOf('=') + 1)
        }
        inside(variables: variables, body)
    }

    // Files.
    def checkout(String what) {
        step('checkout', [:], [])
        assert what == 'scm'
        def git = ['git', "--git-dir=${build.project}/.git", "--work-tree=${here.get().folder}", 'checkout', '--quiet', '--force', 'HEAD', '--', '.']
        assert new ProcessBuilder(git*.toString()).inheritIO().start().waitFor() == 0
    }

    def dir(String path, Closure body) {
        step('dir', [:], [])
        inside(folder: file(path), body)
    }

    def pwd(Map parameters) {
        step('pwd', parameters, ['tmp'])
        parameters.tmp ? here.get().folder.path + '@tmp' : here.get().folder.path
    }

    def isUnix() {
        step('isUnix', [:], [])
        build.windows == null
    }

    def writeFile(Map parameters) {
        step('writeFile', parameters, ['file', 'text', 'encoding'])
        def target = file(build.windows == null ? parameters.file : parameters.file.replace('\\', '/'))
        target.parentFile.mkdirs()
        target.setText(parameters.text, parameters.encoding)
    }

    def readFile(Map parameters) {
        step('readFile', parameters, ['file', 'encoding'])
        file(parameters.file.replace('\\', '/')).getText(parameters.encoding ?: 'UTF-8')
    }

    def readJSON(Map parameters) {
        step('readJSON', parameters, ['file'])
        assert !library: 'it is of another plugin'
        new JsonSlurper().parse(file(parameters.file))
    }

    def fileExists(String path) {
        step('fileExists', [:], [])
        file(path.replace('\\', '/')).exists()
    }

    def deleteDir() {
        step('deleteDir', [:], [])
        assert here.get().folder.deleteDir()
    }

    def libraryResource(String path) {
        step('libraryResource', [:], [])
        assert resources: 'no library is loaded'
        new File(resources, path).text
    }

    def archiveArtifacts(Map parameters) {
        step('archiveArtifacts', parameters, ['artifacts', 'allowEmptyArchive'])
        assert !(parameters.artifacts =~ /[*?,\s]/): 'these have a meaning in it'
        if (build.archive == 'full') {
            throw failure.newInstance('no space left on device')
        }
        def found = file(parameters.artifacts)
        if (!found.exists()) {
            assert parameters.allowEmptyArchive
            println("archive: no ${found.name}")
            return
        }
        assert archived.add(parameters.artifacts): 'the archive has it already'
        def target = new File(base, "archive/${parameters.artifacts}")
        target.parentFile.mkdirs()
        target.text = found.text
    }

    def echo(Object text) {
        step('echo', [:], [])
        println("echo: ${text}")
    }

    def error(Object text) {
        step('error', [:], [])
        throw failure.newInstance("${text}".toString())
    }

    // Scripts.
    def sh(String script) { sh(script: script) }

    // Jenkins writes the script to a file and starts it with `-xe`.
    def sh(Map parameters) {
        step('sh', parameters, ['script', 'returnStatus', 'label'])
        def script = File.createTempFile('script', '.sh', base)
        script.text = parameters.script
        def process = new ProcessBuilder("${base}/agent/sh".toString(), '-xe', script.path).directory(here.get().folder).inheritIO()
        process.redirectInput(ProcessBuilder.Redirect.from(new File('/dev/null')))
        process.environment().clear()
        process.environment().putAll(build.environment)
        for (variable in here.get().variables) {
            if (variable.value == '') {
                process.environment().remove(variable.key)
            } else {
                process.environment().put(variable.key, variable.value)
            }
        }
        def status = ended(process.start())
        if (!parameters.returnStatus && status != 0) {
            throw failure.newInstance("script returned exit code ${status}".toString())
        }
        parameters.returnStatus ? status : null
    }

    // The build may be aborted, the agent lost, or the process killed, as soon as the result's file has a text in it.
    int ended(Process running) {
        def when = build.when
        while (when && running.alive && !results().any { it.text.contains(when) }) {
            sleep(10)
        }
        if (!when || !running.alive) {
            return running.waitFor()
        }
        if (build.then == 'abort') {
            running.destroy() // SIGTERM
            running.waitFor()
            throw aborted.newInstance('the build is aborted')
        }
        running.destroyForcibly()
        running.waitFor()
        if (build.then == 'lose') {
            throw new IOException('the agent is gone')
        }
        -1 // what a script without a heartbeat has
    }

    static List<File> results() {
        def found = []
        for (folder in [new File(build.environment.WORKSPACE), new File(build.environment.WORKSPACE + '@tmp')]) {
            if (folder.exists()) {
                folder.eachFileRecurse { if (it.name == 'release-step.json') { found << it } }
            }
        }
        found
    }

    // There is no Windows here: what it would have run is shown, and `windows` has what comes of each.
    def bat(Map parameters) {
        step('bat', parameters, ['script', 'returnStatus', 'label'])
        assert build.windows != null && parameters.returnStatus
        println("bat: ${parameters.script}")
        def next = build.windows.remove(0)
        if (next.result) {
            def folder = new File(here.get().variables.RELEASE_STEP_FOLDER.replace('\\', '/'))
            new File(folder, 'release-step.json').text = next.result
        }
        next.status
    }
}
