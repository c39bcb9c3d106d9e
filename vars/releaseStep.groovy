// One release or deploy call on Alibaba Cloud or Huawei Cloud as a step of Jenkins. How it is used stands in releaseStep.txt.
//
// Needs no plugin but Pipeline and Credentials Binding, and calls nothing that the Groovy sandbox does not allow from the start.

import groovy.json.JsonOutput
import groovy.json.JsonSlurper
import org.jenkinsci.plugins.workflow.steps.FlowInterruptedException

Map call(Map inputs) {
    // The legs of `parallel` share the workspace and its temporary folder.
    String operation = (inputs.operation ?: 'none').toString().replaceAll('[^A-Za-z0-9_-]', '')
    String name = 'release-step-' + operation + '-' + UUID.randomUUID()
    String temporary = pwd(tmp: true)
    String folder = temporary + (isUnix() ? '/' : '\\') + name
    Map result
    try {
        withEnv(variables(inputs) + ('RELEASE_STEP_FOLDER=' + folder)) {
            result = release(inputs, folder)
        }
    } finally { // of an aborted build, too
        keep(temporary, name)
    }
    if (result.exit_status != 0 && !inputs.returnStatus) {
        error("release-step: status ${result.exit_status}, ${result.release_outcome}: ${result.error_message}")
    }
    return result
}

Map release(Map inputs, String folder) {
    int status = install(folder)
    if (status != 0) {
        return ending(status == 7 ? 7 : 2, 'no', 'not_released',
            "the binary could not be installed (status ${status}): the log says why; nothing was released")
    }
    if (inputs.credentials) {
        withCredentials(inputs.credentials) {
            status = execute()
        }
    } else {
        status = execute()
    }
    return outputs(folder + (isUnix() ? '/' : '\\') + 'release-step.json', status)
}

// The path of the verified binary goes into the file `binary`. No secret is there yet.
int install(String folder) {
    boolean unix = isUnix()
    String separator = unix ? '/' : '\\'
    String installer = unix ? 'install.sh' : 'install.ps1'
    writeFile(file: folder + separator + 'SHA256SUMS', text: libraryResource('release-step/SHA256SUMS'), encoding: 'UTF-8')
    writeFile(file: folder + separator + installer, text: libraryResource('release-step/' + installer), encoding: 'UTF-8')
    if (unix) {
        return sh(label: 'install release-step', returnStatus: true, script: '''
            RUNNER_TEMP=$RELEASE_STEP_FOLDER sh "$RELEASE_STEP_FOLDER/install.sh" >"$RELEASE_STEP_FOLDER/binary"
        ''')
    }
    // Not the step `powershell`: it takes whatever is on stderr for a failure.
    return bat(label: 'install release-step', returnStatus: true, script: '''@echo off
        powershell -NoProfile -NonInteractive -ExecutionPolicy Bypass -File "%RELEASE_STEP_FOLDER%\\install.ps1" >"%RELEASE_STEP_FOLDER%\\binary"
    ''')
}

// WORKSPACE is where the binary writes release-step.json.
int execute() {
    try {
        if (isUnix()) {
            // `exec` lets the signal of an aborted build reach the binary.
            return sh(label: 'release-step', returnStatus: true, script: '''
                WORKSPACE=$RELEASE_STEP_FOLDER exec "$(cat "$RELEASE_STEP_FOLDER/binary")"
            ''')
        }
        return bat(label: 'release-step', returnStatus: true, script: '''@echo off
            set /p RELEASE_STEP_BINARY=<"%RELEASE_STEP_FOLDER%\\binary"
            set "WORKSPACE=%RELEASE_STEP_FOLDER%"
            "%RELEASE_STEP_BINARY%"
        ''')
    } catch (FlowInterruptedException aborted) {
        throw aborted
    } catch (Exception lost) {
        echo("release-step: Jenkins lost the run: ${lost}; where no result follows, treat it as status 8")
        return -1
    }
}

// A file with an `exit_status` is complete, whatever Jenkins knows of the process.
Map outputs(String file, int status) {
    Map known = fileExists(file) ? parse(readFile(file: file, encoding: 'UTF-8')) : [:]
    return known.exit_status == null ? known + ended(known, status) : known
}

// What a run came to that was killed, or that could not write its file.
Map ended(Map known, int status) {
    if (status in [126, 127]) {
        return ending(2, 'no', 'not_released', "the binary could not be started (status ${status}); nothing was released")
    }
    if (status in [2, 3, 4, 7]) {
        return ending(status, 'no', 'not_released', 'the log says why; nothing was released')
    }
    if (status in [5, 6]) {
        return ending(status, 'yes', status == 5 ? 'failed' : 'unwatched', 'the log says why')
    }
    if (status == 9) {
        return ending(9, 'yes', known.release_outcome ?: 'submitted', 'the outputs could not be written; they are in the log')
    }
    if (known.released == 'yes') {
        return ending(6, 'yes', 'unwatched',
            "the run was lost (status ${status}) after the release was accepted, which goes on: run it again with `resume: true`")
    }
    return ending(status == 1 ? 1 : 8, 'unknown', 'unknown',
        "the run was lost (status ${status}) and left no result: whether it released is unknown; treat it as status 8")
}

Map ending(int status, String released, String outcome, String message) {
    return [exit_status: status, released: released, release_outcome: outcome, error_message: message]
}

// Archives what the run wrote, and leaves nothing on the agent.
void keep(String temporary, String name) {
    try {
        dir(temporary) {
            try {
                archiveArtifacts(artifacts: name + '/release-step.json', allowEmptyArchive: true)
            } finally {
                dir(name) {
                    deleteDir()
                }
            }
        }
    } catch (FlowInterruptedException aborted) {
        throw aborted
    } catch (Exception failed) { // is not the release's failure, and must not hide it
        echo("release-step: release-step.json could not be archived: ${failed}")
    }
}

// The inputs as variables. One that is empty takes away what the job may have set. Jenkins does not expand a `$` in them.
@NonCPS
List<String> variables(Map inputs) {
    List<String> pairs = []
    for (Map.Entry input in inputs.entrySet()) {
        String name = String.valueOf(input.key)
        String value = text(input.value)
        if (name == 'download_base_url') {
            if (value) {
                pairs << 'RELEASE_STEP_DOWNLOAD_BASE_URL=' + value
            }
        } else if (!(name in ['credentials', 'returnStatus'])) {
            // The shell of an agent may drop a variable with a hyphen in its name.
            pairs << 'INPUT_' + name.toUpperCase(Locale.ROOT).replace('-', '__') + '=' + value
        }
    }
    // JENKINS_URL, by which Jenkins is recognised, is set only where its URL is configured.
    pairs << 'INPUT_CI=jenkins'
    return pairs
}

@NonCPS
String text(Object value) {
    if (value instanceof Map) {
        return JsonOutput.toJson(value)
    }
    if (value instanceof Collection) {
        List<String> items = []
        for (item in value) {
            items << (item == null ? 'null' : JsonOutput.toJson(String.valueOf(item)))
        }
        return '[' + items.join(',') + ']'
    }
    return value == null ? '' : String.valueOf(value)
}

@NonCPS
Map parse(String json) {
    try {
        return plain(new JsonSlurper().parseText(json))
    } catch (Exception broken) {
        return [:]
    }
}

// The slurper's own maps cannot be stored, and Jenkins stores every variable of a pipeline.
@NonCPS
Object plain(Object value) {
    if (value instanceof Map) {
        Map copy = [:]
        for (Map.Entry entry in value.entrySet()) {
            copy[entry.key] = plain(entry.value)
        }
        return copy
    }
    if (value instanceof List) {
        List copy = []
        for (item in value) {
            copy << plain(item)
        }
        return copy
    }
    return value
}
