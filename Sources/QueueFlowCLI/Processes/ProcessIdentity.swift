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
