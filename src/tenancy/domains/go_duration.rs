//! Durations as Go writes them, because agents and their settings do.

use std::time::Duration;

const NANOSECOND: u64 = 1;
const MICROSECOND: u64 = 1_000;
const MILLISECOND: u64 = 1_000_000;
const SECOND: u64 = 1_000_000_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// Digits of a fraction that can matter: more are below a nanosecond of the largest unit.
const FRACTION_DIGITS: usize = 18;

/// Reads what `time.ParseDuration` reads: numbers with units, such as `1m30s`, `1.5h`, `500ms`. Negative ones are
/// no use here and are refused.
pub fn parse(text: &str) -> Option<Duration> {
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    if rest == "0" {
        return Some(Duration::ZERO);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let whole;
        (whole, rest) = split_where(rest, |c| !c.is_ascii_digit());
        let mut fraction = "";
        if let Some(after) = rest.strip_prefix('.') {
            (fraction, rest) = split_where(after, |c| !c.is_ascii_digit());
        }
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let unit;
        (unit, rest) = split_where(rest, |c| c == '.' || c.is_ascii_digit());
        let unit = nanoseconds(unit)?;
        let number: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        total = total.checked_add(number.checked_mul(unit)?)?.checked_add(part(fraction, unit)?)?;
    }
    // Go counts in signed nanoseconds.
    (i64::try_from(total).is_ok()).then(|| Duration::from_nanos(total))
}

fn split_where(text: &str, end: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(end).unwrap_or(text.len()))
}

fn nanoseconds(unit: &str) -> Option<u64> {
    Some(match unit {
        "ns" => NANOSECOND,
        // Both characters that look like a mu.
        "us" | "\u{b5}s" | "\u{3bc}s" => MICROSECOND,
        "ms" => MILLISECOND,
        "s" => SECOND,
        "m" => MINUTE,
        "h" => HOUR,
        _ => return None,
    })
}

fn part(fraction: &str, unit: u64) -> Option<u64> {
    let digits = &fraction[..fraction.len().min(FRACTION_DIGITS)];
    if digits.is_empty() {
        return Some(0);
    }
    let number: u128 = digits.parse().ok()?;
    let scale = digits.bytes().fold(1_u128, |scale, _| scale * 10);
    u64::try_from(number * u128::from(unit) / scale).ok()
}

/// Writes what `time.Duration.String` writes: `1m30s`, `5m0s`, `1h0m0s`, `1.5s`, `500ms`, `0s`.
pub fn format(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    match nanos {
        0 => "0s".to_owned(),
        1..1_000 => format!("{nanos}ns"),
        1_000..1_000_000 => format!("{}\u{b5}s", decimal(nanos, 3)),
        1_000_000..1_000_000_000 => format!("{}ms", decimal(nanos, 6)),
        _ => {
            let (minutes, rest) = (nanos / u128::from(MINUTE), nanos % u128::from(MINUTE));
            let seconds = decimal(rest, 9);
            match (minutes / 60, minutes % 60) {
                (0, 0) => format!("{seconds}s"),
                (0, minutes) => format!("{minutes}m{seconds}s"),
                (hours, minutes) => format!("{hours}h{minutes}m{seconds}s"),
            }
        }
    }
}

/// `number` with the last `places` digits behind the point, without zeros at its end.
fn decimal(number: u128, places: u32) -> String {
    let scale = 10_u128.pow(places);
    let fraction = format!("{:0width$}", number % scale, width = places as usize);
    match fraction.trim_end_matches('0') {
        "" => (number / scale).to_string(),
        fraction => format!("{}.{fraction}", number / scale),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_go_reads_is_read() {
        for (text, nanos) in [
            ("0", 0),
            ("0s", 0),
            ("+0", 0),
            ("30s", 30_000_000_000),
            ("1m30s", 90_000_000_000),
            ("1h", 3_600_000_000_000),
            ("1.5m", 90_000_000_000),
            ("500ms", 500_000_000),
            (".5s", 500_000_000),
            ("1.s", 1_000_000_000),
            ("+5s", 5_000_000_000),
            ("3h2m1.25s", 10_921_250_000_000),
            ("1s2m", 121_000_000_000),
            ("12us", 12_000),
            ("12\u{b5}s", 12_000),
            ("12\u{3bc}s", 12_000),
            ("7ns", 7),
            ("0.9999999999999999999h", 3_599_999_999_999),
            ("9223372036854775807ns", i64::MAX as u64),
        ] {
            assert_eq!(parse(text), Some(Duration::from_nanos(nanos)), "{text}");
        }
    }

    #[test]
    fn other_texts_are_no_durations() {
        for text in [
            "",
            "+",
            "30",
            "s",
            ".s",
            ".",
            "1",
            "30 s",
            " 30s",
            "30S",
            "1d",
            "1m30",
            "-5s",
            "--5s",
            "1.2.3s",
            "1e3s",
            "30s\u{0}",
            "9223372036854775808ns",
            "99999999999999999999s",
            "9999999999h",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn it_is_written_as_go_writes_it() {
        for (millis, text) in [
            (0, "0s"),
            (1, "1ms"),
            (500, "500ms"),
            (1_000, "1s"),
            (1_500, "1.5s"),
            (10_050, "10.05s"),
            (30_000, "30s"),
            (60_000, "1m0s"),
            (90_000, "1m30s"),
            (300_000, "5m0s"),
            (3_600_000, "1h0m0s"),
            (3_661_001, "1h1m1.001s"),
            (7_200_000, "2h0m0s"),
        ] {
            assert_eq!(format(Duration::from_millis(millis)), text);
        }
        assert_eq!(format(Duration::from_nanos(1)), "1ns");
        assert_eq!(format(Duration::from_nanos(1_100)), "1.1\u{b5}s");
        assert_eq!(format(Duration::from_nanos(2_200_000)), "2.2ms");
    }

    #[test]
    fn what_is_written_reads_back() {
        for nanos in [1, 999, 1_001, 1_234_567, 59_999_999_999, 60_000_000_001, 86_400_000_000_000, i64::MAX as u64] {
            let duration = Duration::from_nanos(nanos);
            assert_eq!(parse(&format(duration)), Some(duration));
        }
    }
}
