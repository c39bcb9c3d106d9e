//! What the program was asked for.

use std::{fs, net::SocketAddrV4, path::PathBuf};

use sandbox::{Sandbox, fates};

/// The options that are lines of a script.
const SCRIPT: [&str; 10] = [
    "--fault",
    "--limit",
    "--fate",
    "--pace",
    "--clock",
    "--tick",
    "--session",
    "--subject",
    "--metadata",
    "--sts",
];

/// What to do.
#[derive(Debug)]
pub(crate) enum Command {
    /// Show the help.
    Help,
    /// Serve this sandbox there. The script is what was asked for, line by line.
    Serve { place: Place, sandbox: Box<Sandbox>, script: Vec<String> },
}

/// Where to serve it.
#[derive(Debug, Default)]
pub(crate) struct Place {
    /// The port of `127.0.0.1`.
    pub(crate) port: u16,
    /// Where the metadata services are looked for.
    pub(crate) metadata_addresses: Vec<SocketAddrV4>,
    /// Speak TLS as well, and leave the authority's certificate in this folder.
    pub(crate) tls: Option<PathBuf>,
}

/// Reads the arguments, or says what is wrong with them.
pub(crate) fn read(arguments: impl IntoIterator<Item = String>) -> Result<Command, String> {
    let mut arguments = arguments.into_iter();
    let mut place = Place::default();
    // The lines, each behind the place it comes from.
    let mut script = Vec::new();
    while let Some(argument) = arguments.next() {
        if ["--help", "-h"].contains(&argument.as_str()) {
            return Ok(Command::Help);
        }
        let (name, value) = match argument.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (argument.as_str(), arguments.next()),
        };
        let value = || value.ok_or_else(|| format!("`{name}` needs a value"));
        match name {
            "--port" => place.port = number(&value()?)?,
            "--metadata-address" => place.metadata_addresses.push(address(&value()?)?),
            "--tls" => place.tls = Some(value()?.into()),
            "--script" => script.extend(file(&value()?)?),
            _ if SCRIPT.contains(&name) => {
                script.push((name.to_owned(), format!("{} {}", &name[2..], value()?)));
            }
            _ => return Err(format!("`{argument}` is no option")),
        }
    }
    serve(place, script)
}

fn serve(place: Place, script: Vec<(String, String)>) -> Result<Command, String> {
    let mut sandbox = Box::new(Sandbox::new());
    for (place, line) in &script {
        sandbox.arrange(line).map_err(|fault| format!("{place}: {fault}"))?;
    }
    Ok(Command::Serve { place, sandbox, script: script.into_iter().map(|(_, line)| line).collect() })
}

fn number(port: &str) -> Result<u16, String> {
    port.parse().map_err(|_| format!("`{port}` is no port"))
}

fn address(text: &str) -> Result<SocketAddrV4, String> {
    text.parse().map_err(|_| format!("`{text}` is no address such as `100.100.100.200:80`"))
}

/// The lines of a script, and their places.
fn file(path: &str) -> Result<Vec<(String, String)>, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("`{path}` cannot be read: {error}"))?;
    let lines = text.lines().enumerate().map(|(place, line)| (format!("{path}:{}", place + 1), line.trim()));
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    Ok(lines.map(|(place, line)| (place, line.to_owned())).collect())
}

/// The help, with every fate there is.
pub(crate) fn help() -> String {
    let fates: Vec<_> = fates().map(|(name, about)| format!("  {name:22}  {about}\n")).collect();
    format!("{}{}", include_str!("help.txt"), fates.concat())
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::{Command, Place, help, read};

    fn script(arguments: &str) -> String {
        // A quoted argument is one.
        let mut read_arguments = Vec::new();
        for (place, part) in arguments.split('\'').enumerate() {
            if place % 2 == 1 {
                read_arguments.push(part.to_owned());
            } else {
                read_arguments.extend(part.split_whitespace().map(str::to_owned));
            }
        }
        match read(read_arguments) {
            Ok(Command::Help) => "help".into(),
            Ok(Command::Serve { place: Place { port, metadata_addresses, tls }, script, .. }) => {
                let further = metadata_addresses.iter().map(|address| format!(" and {address}"));
                let tls = tls.map(|folder| format!(" with TLS in {}", folder.display())).unwrap_or_default();
                format!("port {port}{}{tls}: {}", further.collect::<String>(), script.join("; "))
            }
            Err(fault) => format!("error: {fault}"),
        }
    }

    #[test]
    fn arguments_are_a_script_and_what_is_wrong_is_said() {
        let arguments = [
            "--port 8080 --fault 'release: reset after' --limit=2/s",
            "--fate=artifact=stuck --pace 3s --clock -20m",
            "--session 20s --subject repo:acme/app:pull_request --metadata no-role --sts token-in-url",
            "--metadata-address 100.100.100.200:80 --metadata-address=169.254.169.254:80 --tls a/b --pace 1s",
            "--fault 'any: cut' --help",
            "--port x",
            "--port",
            "--fault",
            "--fault 'release: rest'",
            "--limit ten",
            "--fate artifact=lost",
            "--pace soon",
            "--pace -1s",
            "--session",
            "--session soon",
            "--subject=",
            "--metadata v1",
            "--metadata-address 100.100.100.200",
            "--sts anything",
            "--verbose 1",
            "serve",
            "--script no/such/file",
        ];
        let lines: Vec<_> = arguments.iter().map(|line| format!("{line}\n  {}\n", script(line))).collect();
        // In Linux's words.
        let missing = std::fs::read("no/such/file").unwrap_err().to_string();
        let said = lines.concat().replace(&missing, "No such file or directory (os error 2)");
        assert_snapshot!(said, @"
        --port 8080 --fault 'release: reset after' --limit=2/s
          port 8080: fault release: reset after; limit 2/s
        --fate=artifact=stuck --pace 3s --clock -20m
          port 0: fate artifact=stuck; pace 3s; clock -20m
        --session 20s --subject repo:acme/app:pull_request --metadata no-role --sts token-in-url
          port 0: session 20s; subject repo:acme/app:pull_request; metadata no-role; sts token-in-url
        --metadata-address 100.100.100.200:80 --metadata-address=169.254.169.254:80 --tls a/b --pace 1s
          port 0 and 100.100.100.200:80 and 169.254.169.254:80 with TLS in a/b: pace 1s
        --fault 'any: cut' --help
          help
        --port x
          error: `x` is no port
        --port
          error: `--port` needs a value
        --fault
          error: `--fault` needs a value
        --fault 'release: rest'
          error: --fault: `rest` is no fault; there are `refuse`, `down`, `reset`, `hang`, `cut`, `broken-json`, `empty`, `twice`, `500`, `502`, `503`, `504`, `backend-timeout`, `error`, `html`, `foreign`, `bare`, `redirect`, `throttle`, `slow`, `skew`, `stale`, `somebody`
        --limit ten
          error: --limit: `ten` is no limit such as `10/s` or `100/1m`
        --fate artifact=lost
          error: --fate: `artifact=lost` is no fate; there are `artifact=scan-failed`, `artifact=create-failed`, `artifact=deleted`, `artifact=stuck`, `artifact=at-once`, `artifact=new-word`, `routine=stuck`, `routine=one-by-one`, `routine=older-names`, `package=approved`, `package=rejected`, `package=deleted`, `package=failed`, `package=start-failed`, `package=half`, `package=half-failed`, `extension=stuck`
        --pace soon
          error: --pace: `soon` is no duration such as `500ms`, `30s` or `1m30s`
        --pace -1s
          error: --pace: `-1s` is negative
        --session
          error: `--session` needs a value
        --session soon
          error: --session: `soon` is no duration such as `500ms`, `30s` or `1m30s`
        --subject=
          error: --subject: the subject is missing at the end
        --metadata v1
          error: --metadata: `v1` is none of `optional-token`, `required-token`, `no-token`, `no-role`
        --metadata-address 100.100.100.200
          error: `100.100.100.200` is no address such as `100.100.100.200:80`
        --sts anything
          error: --sts: `anything` is not `token-in-url`
        --verbose 1
          error: `--verbose` is no option
        serve
          error: `serve` is no option
        --script no/such/file
          error: `no/such/file` cannot be read: No such file or directory (os error 2)
        ");
    }

    #[test]
    fn every_rehearsal_of_the_help_can_be_read() {
        let help = help();
        let (_, rehearsals) = help.split_once("Rehearsals\n").unwrap();
        let (rehearsals, _) = rehearsals.split_once("\n\n").unwrap();
        for line in rehearsals.lines() {
            if let Some(place) = line.find("--") {
                let read = script(&line[place..]);
                assert!(read.starts_with("port 0: "), "{line}: {read}");
            }
        }
    }

    #[test]
    fn a_script_is_read_from_a_file() {
        let path = std::env::temp_dir().join(format!("sandbox-script-{}", std::process::id()));
        let text = "# a bad day\n\nfault release: reset after\n  pace 5s\nfate artifact\n";
        std::fs::write(&path, text).unwrap();
        let name = path.to_str().unwrap();
        let read = script(&format!("--script {name}")).replace(name, "FILE");
        std::fs::write(&path, "pace 5s\nlimit 1/s # one\n").unwrap();
        let comment = script(&format!("--script {name}")).replace(name, "FILE");
        std::fs::write(&path, &text[..text.find("fate").unwrap()]).unwrap();
        let fine = script(&format!("--script {name}"));
        std::fs::remove_file(&path).unwrap();
        assert!(
            read.starts_with("error: FILE:5: `artifact` is no fate; there are `artifact=scan-failed`"),
            "{read}"
        );
        assert_eq!(comment, "error: FILE:2: `#` is not understood here");
        assert_eq!(fine, "port 0: fault release: reset after; pace 5s");
    }
}
