//! Which of the box's layers this host gives, looked at on a real box and not guessed from versions.

use crate::sandbox::cpu_counter::CpuCounter;
use crate::sandbox::ready::Ready;
use crate::sandbox::{SandboxError, cgroup};
use nix::unistd::Pid;
use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::str::FromStr;

/// What stands between a program and the host. Each is looked at by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    UserNamespace,
    MountNamespace,
    PidNamespace,
    NetworkNamespace,
    IpcNamespace,
    UtsNamespace,
    CgroupNamespace,
    Seccomp,
    NoNewPrivileges,
    NoCapabilities,
    ResourceLimits,
    /// `/proc` shows processes and nothing of the machine; what the kernel tells of it otherwise is the judge's answer.
    MachineHidden,
    /// Linux 5.19 with the Landlock module.
    Landlock,
    /// The CPU time of children nobody waits for is counted ([`CpuCounter`]).
    CpuCounter,
    /// One memory limit around the judge and all of its boxes (`cgroup.rs`).
    CgroupMemory,
}

impl Layer {
    pub const ALL: [Self; 15] = [
        Self::UserNamespace,
        Self::MountNamespace,
        Self::PidNamespace,
        Self::NetworkNamespace,
        Self::IpcNamespace,
        Self::UtsNamespace,
        Self::CgroupNamespace,
        Self::Seccomp,
        Self::NoNewPrivileges,
        Self::NoCapabilities,
        Self::ResourceLimits,
        Self::MachineHidden,
        Self::Landlock,
        Self::CpuCounter,
        Self::CgroupMemory,
    ];

    /// In metrics, in logs and in `LAUREL_JUDGE_LAYERS_REQUIRED`.
    pub fn name(self) -> &'static str {
        match self {
            Self::UserNamespace => "user_namespace",
            Self::MountNamespace => "mount_namespace",
            Self::PidNamespace => "pid_namespace",
            Self::NetworkNamespace => "network_namespace",
            Self::IpcNamespace => "ipc_namespace",
            Self::UtsNamespace => "uts_namespace",
            Self::CgroupNamespace => "cgroup_namespace",
            Self::Seccomp => "seccomp",
            Self::NoNewPrivileges => "no_new_privileges",
            Self::NoCapabilities => "no_capabilities",
            Self::ResourceLimits => "resource_limits",
            Self::MachineHidden => "machine_hidden",
            Self::Landlock => "landlock",
            Self::CpuCounter => "cpu_counter",
            Self::CgroupMemory => "cgroup_memory",
        }
    }

    /// In `/proc/<pid>/ns`.
    fn namespace(self) -> Option<&'static str> {
        Some(match self {
            Self::UserNamespace => "user",
            Self::MountNamespace => "mnt",
            Self::PidNamespace => "pid",
            Self::NetworkNamespace => "net",
            Self::IpcNamespace => "ipc",
            Self::UtsNamespace => "uts",
            Self::CgroupNamespace => "cgroup",
            _ => return None,
        })
    }

    fn is_on(self, ready: &Ready) -> bool {
        let status = || fs::read_to_string(format!("/proc/{}/status", ready.first)).unwrap_or_default();
        if let Some(namespace) = self.namespace() {
            return is_apart(namespace, ready.first);
        }
        match self {
            Self::Seccomp => field(&status(), "Seccomp") == Some("2"),
            Self::NoNewPrivileges => field(&status(), "NoNewPrivs") == Some("1"),
            Self::NoCapabilities => {
                let status = status();
                let is_empty =
                    |name| field(&status, name).is_some_and(|set| set.trim_matches('0').is_empty());
                ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"].into_iter().all(is_empty)
            }
            Self::ResourceLimits => has_limits(ready.first),
            Self::MachineHidden => only_processes_in_proc(ready.first),
            Self::Landlock => ready.landlock > 0,
            Self::CpuCounter => CpuCounter::of(ready.first).is_some(),
            Self::CgroupMemory => cgroup::limits_memory(),
            _ => false,
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// The layers of this host's boxes that are on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layers(BTreeSet<Layer>);

impl Layers {
    /// Of a box in which nothing runs yet.
    pub(super) fn of(ready: &Ready) -> Self {
        Self(Layer::ALL.into_iter().filter(|layer| layer.is_on(ready)).collect())
    }

    pub fn has(&self, layer: Layer) -> bool {
        self.0.contains(&layer)
    }

    /// Those that this host does not give.
    #[must_use]
    pub fn off(&self) -> Self {
        Self(Layer::ALL.into_iter().filter(|layer| !self.has(*layer)).collect())
    }
}

/// Their names, with commas in between.
impl fmt::Display for Layers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.0.iter().map(|layer| layer.name()).collect();
        formatter.write_str(if names.is_empty() { "none" } else { "" })?;
        formatter.write_str(&names.join(", "))
    }
}

/// The layers without which no submission is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequiredLayers(BTreeSet<Layer>);

impl Default for RequiredLayers {
    /// What every host has on which boxes can be made at all. The others are asked for by name where the operator
    /// knows that the hosts have them.
    fn default() -> Self {
        let further = [Layer::CgroupNamespace, Layer::Landlock, Layer::CpuCounter, Layer::CgroupMemory];
        Self(Layer::ALL.into_iter().filter(|layer| !further.contains(layer)).collect())
    }
}

impl RequiredLayers {
    /// Which of them are off.
    pub fn missing(&self, on: &Layers) -> Vec<Layer> {
        self.0.difference(&on.0).copied().collect()
    }

    /// The same as a reason not to start.
    pub fn check(&self, on: &Layers) -> Result<(), SandboxError> {
        let missing = self.missing(on);
        if missing.is_empty() { Ok(()) } else { Err(SandboxError::LayersMissing(missing)) }
    }
}

/// Names with commas in between; nothing at all requires nothing.
impl FromStr for RequiredLayers {
    type Err = UnknownLayer;

    fn from_str(text: &str) -> Result<Self, UnknownLayer> {
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        let layer = |name: &str| {
            let found = Layer::ALL.into_iter().find(|layer| layer.name() == name);
            found.ok_or_else(|| UnknownLayer(name.to_owned()))
        };
        names.map(layer).collect::<Result<_, _>>().map(Self)
    }
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no layer {0}; docs/judge.md has their names")]
pub struct UnknownLayer(String);

/// Whether the process is in another namespace of this kind than we are.
fn is_apart(kind: &str, process: Pid) -> bool {
    let namespace = |process: &str| fs::read_link(format!("/proc/{process}/ns/{kind}")).ok();
    match (namespace("self"), namespace(&process.to_string())) {
        (Some(ours), Some(its)) => ours != its,
        _ => false,
    }
}

fn only_processes_in_proc(process: Pid) -> bool {
    let names = fs::read_dir(format!("/proc/{process}/root/proc")).into_iter().flatten().flatten();
    let names: Vec<_> = names.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    let is_process = |name: &String| name.parse::<u32>().is_ok() || name == "self" || name == "thread-self";
    !names.is_empty() && names.iter().all(is_process)
}

fn field<'a>(status: &'a str, name: &str) -> Option<&'a str> {
    status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
}

/// Whether all that box-init limits is limited for good: soft limit, then hard limit, then unit.
fn has_limits(process: Pid) -> bool {
    let limits = fs::read_to_string(format!("/proc/{process}/limits")).unwrap_or_default();
    let is_limited = |name| {
        let line = limits.lines().find_map(|line| line.strip_prefix(name));
        line.is_some_and(|line| !line.trim_start().is_empty() && !line.contains("unlimited"))
    };
    [
        "Max cpu time",
        "Max file size",
        "Max processes",
        "Max open files",
        "Max locked memory",
        "Max core file size",
    ]
    .into_iter()
    .all(is_limited)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn required_layers_are_read_by_name_and_the_missing_ones_told() {
        let required: RequiredLayers = "seccomp, landlock".parse().expect("two layers");
        let on = Layers([Layer::Seccomp, Layer::PidNamespace].into());
        assert_eq!(required.missing(&on), [Layer::Landlock]);
        let refusal = required.check(&on).expect_err("a layer is missing").to_string();
        assert!(refusal.ends_with(": landlock"), "{refusal}");
        assert_eq!(on.to_string(), "pid_namespace, seccomp");
        assert_eq!(Layers::default().to_string(), "none");
        assert_eq!("".parse::<RequiredLayers>().expect("none").missing(&Layers::default()), []);
        assert_eq!("secomp".parse::<RequiredLayers>(), Err(UnknownLayer("secomp".to_owned())));
    }

    #[test]
    fn every_layer_has_a_name_of_its_own() {
        for layer in Layer::ALL {
            let required: RequiredLayers = layer.name().parse().expect("a layer");
            assert_eq!(required.missing(&Layers::default()), [layer]);
        }
    }
}
