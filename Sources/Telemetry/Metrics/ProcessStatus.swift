import Glibc

/// What `/proc/self/stat` tells about this process; see proc_pid_stat(5).
struct ProcessStatus {
    let threads: Int
    let secondsFromBootToStart: Double
    let virtualBytes: Int
    let residentBytes: Int

    static func current() -> ProcessStatus? {
        ProcFile.read("/proc/self/stat").flatMap(ProcessStatus.init(stat:))
    }

    /// Reads the file's text. The second field is the program's name in brackets and may hold spaces and brackets of
    /// its own, so fields are counted from the last closing bracket on: the third comes first.
    init?(stat: String) {
        guard let nameEnd = stat.lastIndex(of: ")") else {
            return nil
        }
        let fields = stat[stat.index(after: nameEnd)...].split(whereSeparator: \.isWhitespace)
        func field(_ number: Int) -> Int? {
            fields.indices.contains(number - 3) ? Int(fields[number - 3]) : nil
        }
        guard let threads = field(20), let startTicks = field(22), let virtual = field(23), let pages = field(24) else {
            return nil
        }
        self.threads = threads
        secondsFromBootToStart = Double(startTicks) / Double(sysconf(Int32(_SC_CLK_TCK)))
        virtualBytes = virtual
        residentBytes = pages * sysconf(Int32(_SC_PAGESIZE))
    }
}
