//! Who spent the processor's time.

use std::path::Path;
use std::time::Duration;

/// Clock ticks a second in `/proc`.
const TICKS: u64 = 100;

/// What a process has used so far.
pub fn used(pid: u32) -> Duration {
    ticks(pid).map_or(Duration::ZERO, |(ticks, _)| Duration::from_millis(ticks * 1000 / TICKS))
}

/// What a process and its children that still run have used so far. Less than before when one of them has ended.
pub fn used_with_children(parent: u32) -> Duration {
    let pids = std::fs::read_dir("/proc").unwrap();
    let pids = pids.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|pid| *pid == parent || ticks(*pid).is_some_and(|(_, of)| of == parent)).map(used).sum()
}

/// A process's ticks in user and kernel, and its parent. `None`: it has ended.
fn ticks(pid: u32) -> Option<(u64, u32)> {
    let stat = std::fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |place: usize| fields.get(place).and_then(|text| text.parse::<u64>().ok());
    Some((number(11)? + number(12)?, u32::try_from(number(1)?).ok()?))
}
