import Foundation

/// A process, told apart from every other that ever has its id.
///
/// The kernel gives ids to new processes again; id, start time and the boot in which that time counts are unique together.
struct ProcessIdentity: Codable, Sendable, Hashable {
    let pid: Int32
    let startTicks: UInt64
    let boot: String

    /// Identifies a running process; nil when there is none with that id.
    init?(pid: Int32) {
        guard let stat = ProcessStat(pid: pid), !stat.hasEnded else { return nil }
        self.pid = pid
        self.startTicks = stat.startTicks
        self.boot = Self.currentBoot
    }

    init(pid: Int32, startTicks: UInt64, boot: String) {
        self.pid = pid
        self.startTicks = startTicks
        self.boot = boot
    }

    /// Whether this very process runs still.
    var isAlive: Bool {
        guard boot == Self.currentBoot, let stat = ProcessStat(pid: pid) else { return false }
        return stat.startTicks == startTicks && !stat.hasEnded
    }

    /// Sends a signal, to the process alone or also to the process group that it leads; does nothing if it does not run any more.
    func signal(_ number: Int32, wholeGroup: Bool = false) {
        guard isAlive else { return }
        if wholeGroup { kill(-pid, number) }
        kill(pid, number)
    }

    private static let currentBoot: String =
        ((try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)) ?? "")
        .trimmingCharacters(in: .whitespacesAndNewlines)
}

/// What the kernel tells about a process in `/proc/PID/stat`, see proc(5).
struct ProcessStat: Sendable, Hashable {
    let pid: Int32
    /// `R`, `S`, ... ; `Z` and `X` are processes that have ended and wait to be reaped.
    let state: Character
    let session: Int32
    /// When it started, in clock ticks since the machine's start.
    let startTicks: UInt64

    var hasEnded: Bool { state == "Z" || state == "X" }

    /// Reads about a process; nil when there is none with that id.
    init?(pid: Int32) {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return nil }
        self.init(text)
    }

    /// Parses the file's text. The program's name, second and in parentheses, may hold spaces and parentheses itself.
    init?(_ text: String) {
        guard let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")"),
            let pid = Int32(text[..<open].trimmingCharacters(in: .whitespaces))
        else { return nil }
        let fields = text[text.index(after: close)...].split(whereSeparator: \.isWhitespace)
        // The fields count from the third, the state: session is the sixth, the start time the 22nd.
        guard fields.count > 19, let state = fields[0].first, let session = Int32(fields[3]),
            let startTicks = UInt64(fields[19])
        else { return nil }
        self.pid = pid
        self.state = state
        self.session = session
        self.startTicks = startTicks
    }
}
