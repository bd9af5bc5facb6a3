import Foundation
import Synchronization

/// The IANA time zone database as the system keeps it: a folder with a compiled file for each zone.
///
/// The system's package for it is upgraded when a law about clocks changes, within days, and needs no new build of this program: a
/// file is looked at again when a zone is asked for and a minute has passed. Reading one blocks for some microseconds.
public final class TimeZoneDatabase: Sendable {
    /// Where the folder is on all usual systems.
    public static let usualDirectory = "/usr/share/zoneinfo"
    /// The system's, which the environment variable `TZDIR` may have elsewhere, as for all programs.
    public static let system: TimeZoneDatabase = {
        let directory = ProcessInfo.processInfo.environment["TZDIR"] ?? ""
        return TimeZoneDatabase(directory: directory.isEmpty ? usualDirectory : directory)
    }()

    /// How long a file is not looked at again.
    package static let recheck = Duration.seconds(60)
    /// The most zones that are kept: nearly twice as many as there are names.
    private static let maxZones = 1_024
    /// The largest zone files have 4 KiB.
    private static let maxBytes = 64 << 10
    /// Names of files that are no zones of the database: the machine's own, a placeholder, and the copies of all others that
    /// count leap seconds or do not.
    private static let otherNames: Set = ["localtime", "posixrules", "Factory"]
    private static let otherFolders: Set<Substring> = ["posix", "right", "SystemV"]

    /// What tells one state of a file, or of the folder, from another.
    package struct Stamp: Hashable, Sendable {
        private let inode: UInt64
        private let size: Int
        private let seconds: Int
        private let nanoseconds: Int

        fileprivate init(_ status: stat) {
            #if canImport(Darwin)
            let modified = status.st_mtimespec
            #else
            let modified = status.st_mtim
            #endif
            inode = UInt64(status.st_ino)
            size = Int(status.st_size)
            seconds = Int(modified.tv_sec)
            nanoseconds = Int(modified.tv_nsec)
        }
    }

    private struct Zone {
        let clock: ZoneClock
        let stamp: Stamp
        var checked: ContinuousClock.Instant
    }

    let directory: String
    private let now: @Sendable () -> ContinuousClock.Instant
    private let zones = Mutex<[String: Zone]>([:])

    /// The database of a folder.
    package convenience init(directory: String) {
        self.init(directory: directory) { .now }
    }

    init(directory: String, now: @escaping @Sendable () -> ContinuousClock.Instant) {
        (self.directory, self.now) = (directory, now)
    }

    /// Checks that there is a database.
    ///
    /// - Throws: ``CronError/noZoneData(directory:)``.
    package func check() throws(CronError) {
        guard let file = file(of: "UTC") else { throw .noZoneData(directory: directory) }
        let bytes = read(file.handle)
        guard let bytes, (try? TimeZoneFile.clock(bytes)) != nil else { throw .noZoneData(directory: directory) }
    }

    /// Changes when the database is upgraded, as that puts other files into the folder; nil when there is none.
    package var stamp: Stamp? {
        var status = stat()
        return stat(directory, &status) == 0 ? Stamp(status) : nil
    }

    /// What the clock of a zone does.
    ///
    /// A zone that was read once stays known, whatever becomes of its file.
    func clock(of name: String) throws(CronError) -> ZoneClock {
        guard Self.isName(name) else { throw .unknownZone(name) }
        let now = now()
        let known = zones.withLock { $0[name] }
        if let known, now - known.checked < Self.recheck { return known.clock }
        do {
            let zone = try zone(name, unless: known, now: now)
            keep(zone, as: name)
            return zone.clock
        } catch {
            guard var known else { throw error }
            known.checked = now
            keep(known, as: name)
            return known.clock
        }
    }

    /// Reads a zone unless its file is the same as before.
    private func zone(_ name: String, unless known: Zone?, now: ContinuousClock.Instant) throws(CronError) -> Zone {
        guard let file = file(of: name) else {
            try check()
            throw .unknownZone(name)
        }
        if var known, known.stamp == file.stamp {
            known.checked = now
            return known
        }
        // Some files beside the zones have the names of none, such as `leapseconds`.
        guard let bytes = read(file.handle), bytes.starts(with: TimeZoneFile.magic) else { throw .unknownZone(name) }
        do {
            return Zone(clock: try TimeZoneFile.clock(bytes), stamp: file.stamp, checked: now)
        } catch {
            throw .unreadableZone(name, reason: error.reason)
        }
    }

    private func keep(_ zone: Zone, as name: String) {
        zones.withLock { zones in
            if zones[name] == nil, zones.count >= Self.maxZones,
                let oldest = zones.min(by: { $0.value.checked < $1.value.checked })
            {
                zones[oldest.key] = nil
            }
            zones[name] = zone
        }
    }

    /// Opens a zone's file; nil when there is none, or something else under its name.
    private func file(of name: String) -> (handle: FileHandle, stamp: Stamp)? {
        // What is no file, a pipe for one, must not be waited for.
        let descriptor = open("\(directory)/\(name)", O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return (handle, Stamp(status))
    }

    /// All of a file; nil when it is larger than any zone's, or cannot be read.
    private func read(_ handle: FileHandle) -> [UInt8]? {
        guard let data = try? handle.read(upToCount: Self.maxBytes + 1), data.count <= Self.maxBytes else { return nil }
        return [UInt8](data)
    }

    /// Whether a text can be the name of a zone: parts of letters, digits, `_`, `+` and `-`, so that no name leads out of the folder.
    private static func isName(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        return text.utf8.count <= 64 && parts.count <= 3 && !otherNames.contains(text)
            && !otherFolders.contains(parts[0])
            && parts.allSatisfy { part in
                part.utf8.first.map { $0 != UInt8(ascii: "-") } ?? false && part.utf8.allSatisfy(isAllowed)
            }
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
