//! PostgreSQL on loopback TCP, with a generated password and no Unix socket: nobody else on the machine can log in.

use crate::server::{Recipe, Running, STOPPED_WITHIN, aside};
use crate::{ServerError, home, leftover, remembered};
use nix::sys::signal::Signal;
use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Ends it in good order, without waiting for its clients.
const STOP: Signal = Signal::SIGINT;
const USER: &str = "laurel";
/// The database that [`PostgresServer::start`] makes sure of.
const DATABASE: &str = "laurel";

#[derive(Debug, Clone)]
pub struct PostgresConfig {
    /// Holds the cluster, the log, the password and the remembered port.
    pub data_dir: PathBuf,
    /// `None`: the one remembered in `data_dir`, or a free one.
    pub port: Option<u16>,
    /// No fsync and small buffers, and a harsh end when dropped: for tests.
    pub throwaway: bool,
    /// Further settings as for `postgres -c`, for example `("log_statement", "all")`.
    pub extra: Vec<(String, String)>,
}

impl PostgresConfig {
    /// Data that is kept.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self { data_dir: data_dir.into(), port: None, throwaway: false, extra: Vec::new() }
    }
}

/// A running PostgreSQL. Cheap to clone; it ends when the last clone is dropped.
#[derive(Clone)]
pub struct PostgresServer {
    running: Running,
    programs: PathBuf,
    password: String,
    port: u16,
}

impl PostgresServer {
    /// Starts it, with `initdb` the first time, and waits until it serves.
    pub async fn start(config: PostgresConfig) -> Result<Self, ServerError> {
        aside(move || Self::start_now(&config)).await
    }

    fn start_now(config: &PostgresConfig) -> Result<Self, ServerError> {
        const TRIES: u32 = 5;
        if nix::unistd::Uid::effective().is_root() {
            return Err(ServerError::Root);
        }
        let programs = home::postgres_programs()?;
        leftover::end(&log(config), STOP, STOPPED_WITHIN);
        initialize(config, &programs)?;
        let mut tries = 0;
        loop {
            tries += 1;
            match Self::try_start(config, &programs) {
                Err(error) if error.is_port_taken() && config.port.is_none() && tries < TRIES => {
                    remembered::forget_port(&config.data_dir, "postgres")?;
                }
                result => return result,
            }
        }
    }

    fn try_start(config: &PostgresConfig, programs: &Path) -> Result<Self, ServerError> {
        let port = match config.port {
            Some(port) => port,
            None => remembered::port(&config.data_dir, "postgres")?,
        };
        let cluster = cluster(&config.data_dir);
        let status_file = cluster.join("postmaster.pid");
        let running = Running::start(Recipe {
            name: "PostgreSQL",
            program: programs.join("postgres"),
            arguments: arguments(config, &cluster, port),
            log: log(config),
            stop: STOP,
            // SIGQUIT ends it at once, without a checkpoint but with its shared memory removed.
            abandon: if config.throwaway { Signal::SIGQUIT } else { Signal::SIGINT },
            is_ready: Box::new(move |pid| says_ready(&status_file, pid)),
        })?;
        let password = remembered::secret(&config.data_dir, "postgres")?;
        Ok(Self { running, programs: programs.to_owned(), password, port })
    }

    /// The database `laurel`.
    pub fn url(&self) -> String {
        self.url_of(DATABASE)
    }

    pub fn url_of(&self, database: &str) -> String {
        format!("postgres://{USER}:{}@127.0.0.1:{}/{database}?sslmode=disable", self.password, self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Makes a database and returns its address.
    pub async fn create_database(&self, name: &str) -> Result<String, ServerError> {
        self.create(name.to_owned(), None).await
    }

    /// Makes a database as a copy of another one that nobody is connected to, and returns its address.
    pub async fn create_database_like(&self, name: &str, template: &str) -> Result<String, ServerError> {
        self.create(name.to_owned(), Some(template.to_owned())).await
    }

    async fn create(&self, name: String, template: Option<String>) -> Result<String, ServerError> {
        let server = self.clone();
        aside(move || {
            server.create_database_now(&name, template.as_deref())?;
            Ok(server.url_of(&name))
        })
        .await
    }

    fn create_database_now(&self, name: &str, template: Option<&str>) -> Result<(), ServerError> {
        let mut command = Command::new(self.programs.join("createdb"));
        command
            .env("PGPASSWORD", &self.password)
            .args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", USER, "--no-password"])
            .args(["--maintenance-db", "postgres"])
            .args(template.map(|template| format!("--template={template}")))
            .arg(name);
        run(&mut command)
    }
}

impl Deref for PostgresServer {
    type Target = Running;
    fn deref(&self) -> &Running {
        &self.running
    }
}

fn log(config: &PostgresConfig) -> PathBuf {
    config.data_dir.join("postgres.log")
}

fn cluster(data_dir: &Path) -> PathBuf {
    data_dir.join("cluster")
}

/// `initdb` and the database [`DATABASE`], if they are not there yet.
fn initialize(config: &PostgresConfig, programs: &Path) -> Result<(), ServerError> {
    let cluster = cluster(&config.data_dir);
    if cluster.join("PG_VERSION").is_file() {
        return Ok(());
    }
    remembered::private_folder(&config.data_dir)?;
    remembered::secret(&config.data_dir, "postgres")?;
    // Built aside and renamed: an initdb that was interrupted leaves nothing that looks finished.
    let unfinished = config.data_dir.join("cluster.unfinished");
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished).map_err(ServerError::file(&unfinished))?;
    }
    let mut command = Command::new(programs.join("initdb"));
    command
        .args(["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--username", USER])
        .arg("--pwfile")
        .arg(config.data_dir.join("postgres.secret"))
        // A throwaway cluster is copied per test: sixteen times smaller log segments make that 28 MB instead of 40.
        .args(config.throwaway.then_some(["--no-sync", "--wal-segsize=1"]).into_iter().flatten())
        .arg("--pgdata")
        .arg(&unfinished);
    run(&mut command)?;
    create_first_database(programs, &unfinished)?;
    fs::rename(&unfinished, &cluster).map_err(ServerError::file(&cluster))
}

/// In single-user mode: the cluster serves nobody before it is complete.
fn create_first_database(programs: &Path, cluster: &Path) -> Result<(), ServerError> {
    let mut command = Command::new(programs.join("postgres"));
    command.args(["--single", "-j", "-D"]).arg(cluster).args(["-c", "fsync=off", "postgres"]);
    let script = cluster.join("first.sql");
    remembered::private_file(&script, &format!("CREATE DATABASE {DATABASE};\n"))?;
    command.stdin(fs::File::open(&script).map_err(ServerError::file(&script))?);
    run(&mut command)?;
    fs::remove_file(&script).map_err(ServerError::file(&script))
}

fn arguments(config: &PostgresConfig, cluster: &Path, port: u16) -> Vec<String> {
    let safe: &[(&str, &str)] = &[
        ("listen_addresses", "127.0.0.1"),
        ("unix_socket_directories", ""),
        ("wal_level", "minimal"),
        ("max_wal_senders", "0"),
        ("timezone", "UTC"),
        ("log_timezone", "UTC"),
    ];
    let throwaway: &[(&str, &str)] = &[
        ("fsync", "off"),
        ("synchronous_commit", "off"),
        ("full_page_writes", "off"),
        ("shared_buffers", "32MB"),
        ("min_wal_size", "2MB"),
        ("max_wal_size", "64MB"),
    ];
    let throwaway = if config.throwaway { throwaway } else { &[] };
    let settings = safe.iter().chain(throwaway).map(|(name, value)| format!("{name}={value}"));
    let extra = config.extra.iter().map(|(name, value)| format!("{name}={value}"));
    let mut arguments =
        vec!["-D".to_owned(), cluster.to_string_lossy().into_owned(), "-p".to_owned(), port.to_string()];
    arguments.extend(settings.chain(extra).flat_map(|setting| ["-c".to_owned(), setting]));
    arguments
}

/// The first line of `postmaster.pid` is the pid, the eighth its state.
fn says_ready(status_file: &Path, pid: u32) -> bool {
    let text = fs::read_to_string(status_file).unwrap_or_default();
    let mut lines = text.lines().map(str::trim);
    lines.next() == Some(&pid.to_string()) && lines.nth(6) == Some("ready")
}

fn run(command: &mut Command) -> Result<(), ServerError> {
    let program = PathBuf::from(command.get_program());
    let output = command.output().map_err(|source| ServerError::Run { program: program.clone(), source })?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(ServerError::Tool {
        program,
        status: output.status,
        output: String::from_utf8_lossy(&said).trim().to_owned(),
    })
}
