//! Who spent the processor's time.

use std::path::Path;
use std::time::Duration;

/// Clock ticks a second in `/proc`.
const TICKS: u64 = 100;

/// What a process has used so far.
pub fn used(pid: u32) -> Duration {
    of_ticks(stat(pid).map_or(0, |stat| stat.own))
}

/// What a process and its children have used so far, those that have ended among them.
pub fn used_with_children(parent: u32) -> Duration {
    let pids = std::fs::read_dir("/proc").unwrap();
    let pids = pids.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let running: u64 = pids.filter_map(stat).filter(|stat| stat.parent == parent).map(|stat| stat.own).sum();
    of_ticks(running + stat(parent).map_or(0, |stat| stat.own + stat.children_that_ended))
}

fn of_ticks(ticks: u64) -> Duration {
    Duration::from_millis(ticks * 1000 / TICKS)
}

struct Stat {
    parent: u32,
    /// In user and kernel, in ticks.
    own: u64,
    children_that_ended: u64,
}

/// `None`: it has ended.
fn stat(pid: u32) -> Option<Stat> {
    let stat = std::fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |place: usize| fields.get(place).and_then(|text| text.parse::<u64>().ok());
    Some(Stat {
        parent: u32::try_from(number(1)?).ok()?,
        own: number(11)? + number(12)?,
        children_that_ended: number(13)? + number(14)?,
    })
}
