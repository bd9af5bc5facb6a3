"""Holds answers about time zones against Python's zoneinfo, which shares no code with ours, over the same files.

Usage: zones_judge.py DIRECTORY ZONES ANSWERS

ZONES has one name a line. ANSWERS has the same number of records for each, each of six integers of 64 bits: an instant, its offset, a
wall time (as seconds since 1970 if the clock were never set), how many instants show it, and these (0 where there are fewer than two).
"""

import array
import datetime
import sys
import zoneinfo

EPOCH = datetime.datetime(1970, 1, 1)
SECOND = datetime.timedelta(seconds=1)
NO_ZONES = {"localtime", "posixrules", "Factory"}


def offset(zone, instant):
    return datetime.datetime.fromtimestamp(instant, zone).utcoffset() // SECOND


def instants(zone, wall):
    """When the clock shows a wall time: never in a gap, twice in an overlap (PEP 495)."""
    shown = EPOCH + wall * SECOND
    found = {wall - shown.replace(tzinfo=zone, fold=fold).utcoffset() // SECOND for fold in (0, 1)}
    return sorted(instant for instant in found if instant + offset(zone, instant) == wall)


def main(directory, zones, answers):
    zoneinfo.reset_tzpath(to=[directory])
    names = open(zones).read().split()
    known = zoneinfo.available_timezones() - NO_ZONES
    assert set(names) == known, set(names) ^ known
    numbers = array.array("q")
    numbers.frombytes(open(answers, "rb").read())
    count = len(numbers) // 6 // len(names)
    wrong, gaps, overlaps = [], 0, 0
    for index, name in enumerate(names):
        zone = zoneinfo.ZoneInfo(name)
        for record in range(index * count, (index + 1) * count):
            instant, ours, wall, shown, *when = numbers[record * 6:record * 6 + 6]
            if offset(zone, instant) != ours:
                wrong.append(f"{name}: at {instant} the offset is {offset(zone, instant)} and not {ours}")
            found = instants(zone, wall)
            if found != when[:shown]:
                wrong.append(f"{name}: {wall} is shown at {found} and not at {list(when[:shown])}")
            gaps += len(found) == 0
            overlaps += len(found) == 2
    for line in wrong[:20]:
        print(line)
    print(f"{len(names)} zones, {count} instants and wall times each, {gaps} in gaps and {overlaps} in overlaps; {len(wrong)} wrong")
    assert not wrong and gaps > 1000 and overlaps > 1000
    print("ok")


if __name__ == "__main__":
    main(*sys.argv[1:])
