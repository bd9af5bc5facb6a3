import Glibc

/// The process metrics that all official Prometheus clients have, read from Linux's `/proc` and `getrusage`.
///
/// `/proc` is answered by the kernel from memory, so reading it does not wait for a disk.
enum ProcessMetrics {
    private static let cpu = MetricDescription.counter(
        "process_cpu_seconds_total",
        help: "Total user and system CPU time spent in seconds."
    )
    private static let resident = MetricDescription.gauge(
        "process_resident_memory_bytes",
        help: "Resident memory size in bytes."
    )
    private static let virtual = MetricDescription.gauge(
        "process_virtual_memory_bytes",
        help: "Virtual memory size in bytes."
    )
    private static let openDescriptors = MetricDescription.gauge(
        "process_open_fds",
        help: "Number of open file descriptors."
    )
    private static let maximumDescriptors = MetricDescription.gauge(
        "process_max_fds",
        help: "Maximum number of open file descriptors."
    )
    private static let startTime = MetricDescription.gauge(
        "process_start_time_seconds",
        help: "Start time of the process since unix epoch in seconds."
    )
    private static let threads = MetricDescription.gauge(
        "process_threads",
        help: "Number of operating system threads."
    )

    static let descriptions = [
        cpu, resident, virtual, openDescriptors, maximumDescriptors, startTime, threads,
    ]

    /// Reads the present values; one that the system does not tell is left out.
    static func samples() -> [CollectedSample] {
        var samples = [cpu.sample(cpuSeconds())]
        if let status = ProcessStatus.current() {
            samples += [
                resident.sample(status.residentBytes),
                virtual.sample(status.virtualBytes),
                threads.sample(status.threads),
            ]
            if let bootTime = bootTime() {
                samples.append(startTime.sample(bootTime + status.secondsFromBootToStart))
            }
        }
        if let count = openDescriptorCount() {
            samples.append(openDescriptors.sample(count))
        }
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            samples.append(maximumDescriptors.sample(Double(limit.rlim_cur)))
        }
        return samples
    }

    private static func cpuSeconds() -> Double {
        var usage = rusage()
        guard getrusage(RUSAGE_SELF.rawValue, &usage) == 0 else {
            return 0
        }
        return [usage.ru_utime, usage.ru_stime].reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1_000_000 }
    }

    /// Seconds since the epoch at which the machine started, from the line `btime` of `/proc/stat`.
    private static func bootTime() -> Double? {
        ProcFile.read("/proc/stat")?
            .split(separator: "\n")
            .first { $0.hasPrefix("btime ") }
            .flatMap { Double($0.dropFirst("btime ".count)) }
    }

    private static func openDescriptorCount() -> Int? {
        guard let directory = opendir("/proc/self/fd") else {
            return nil
        }
        defer { closedir(directory) }
        var entries = 0
        while readdir(directory) != nil {
            entries += 1
        }
        // Without ".", ".." and the descriptor of the directory itself.
        return entries - 3
    }
}

extension PrometheusRegistry {
    /// Adds `process_cpu_seconds_total`, `process_resident_memory_bytes`, `process_virtual_memory_bytes`,
    /// `process_open_fds`, `process_max_fds`, `process_start_time_seconds` and `process_threads`.
    public func collectProcessMetrics() {
        collect(ProcessMetrics.descriptions) { ProcessMetrics.samples() }
    }
}

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

/// Files of `/proc`, which have no size and are read until they end.
enum ProcFile {
    /// The file's text; `nil` when it cannot be read.
    static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            return nil
        }
        defer { close(descriptor) }
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count > 0 {
                content.append(contentsOf: chunk.prefix(count))
            } else if count == 0 {
                return String(decoding: content, as: UTF8.self)
            } else if errno != EINTR {
                return nil
            }
        }
    }
}
