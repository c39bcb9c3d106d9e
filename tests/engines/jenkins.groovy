// Builds Jenkinsfiles with the stand-ins of Steps.groovy. Everything else is real: the Groovy of them and of the library, and the scripts, by
// the shell of the agent.
//
// Each line of stdin is the path of a JSON file that describes a build; see `build` in controller.py. What the build prints is followed by a
// line with a NUL and its status.

import groovy.json.JsonSlurper
import org.codehaus.groovy.control.CompilerConfiguration

// One build; whether it is green.
boolean green(Map build) {
    def own = new GroovyClassLoader(Steps.classLoader)
    Steps.aborted = own.parseClass('package org.jenkinsci.plugins.workflow.steps; class FlowInterruptedException extends InterruptedException { FlowInterruptedException(String why) { super(why) } }')
    Steps.failure = own.parseClass('package hudson; class AbortException extends IOException { AbortException(String why) { super(why) } }')
    Steps.begin(build)
    def binding = new Binding()
    def shell = new GroovyShell(own, binding, new CompilerConfiguration(scriptBaseClass: Steps.name))
    def jenkinsfile = new File(build.project, 'Jenkinsfile')
    try {
        load(shell, binding, jenkinsfile.text =~ /(?m)^@Library\('([^@']+)@([^']+)'\) _$/)
        shell.evaluate(jenkinsfile)
        return true
    } catch (Throwable thrown) {
        println("ended: ${thrown.class.simpleName}: ${thrown.message}")
        def frames = thrown.stackTrace.findAll { it.fileName in ['Jenkinsfile', 'releaseStep.groovy', 'jenkins.groovy'] && it.lineNumber > 0 }
        frames.each { println("    at ${it.fileName}:${it.lineNumber}") }
        return false
    }
}

// Jenkins checks the library out at the version, and binds each script in `vars` to its name.
void load(GroovyShell shell, Binding binding, wanted) {
    if (!wanted) {
        return
    }
    assert [wanted[0][1], wanted[0][2]] == ['release-step', "v${Steps.build.version}"]
    Steps.resources = new File(Steps.build.library, 'resources')
    def step = shell.parse(new File(Steps.build.library, 'vars/releaseStep.groovy'))
    Steps.library = step.class
    binding.setVariable('releaseStep') { Map inputs ->
        def result = step.call(inputs)
        // Jenkins stores the variables of a pipeline.
        new ObjectOutputStream(new ByteArrayOutputStream()).writeObject(result)
        result
    }
}

def lines = System.in.newReader()
def path
while ((path = lines.readLine()) != null) {
    def status = green(new JsonSlurper().parse(new File(path))) ? 0 : 1
    println("\u0000${status}")
    System.out.flush()
}
