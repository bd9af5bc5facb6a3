import Foundation
import Testing

@testable import Telemetry

@Suite struct ProcessMetricsTests {
    private func values() -> [String: Double] {
        Dictionary(uniqueKeysWithValues: ProcessMetrics.samples().map { ($0.name, $0.value) })
    }

    @Test func findsEveryValue() async throws {
        let values = values()
        #expect(values.keys.sorted() == ProcessMetrics.descriptions.map(\.name).sorted())
        #expect(try #require(values["process_resident_memory_bytes"]) > 1_000_000)
        #expect(
            try #require(values["process_virtual_memory_bytes"]) > #require(values["process_resident_memory_bytes"])
        )
        #expect(try #require(values["process_threads"]) >= 1)
        let start = try #require(values["process_start_time_seconds"])
        #expect(start <= Date().timeIntervalSince1970 + 1)
        #expect(start > Date().timeIntervalSince1970 - 3_600)
    }

    @Test func countsProcessorTime() {
        let before = values()["process_cpu_seconds_total"] ?? 0
        var sum: UInt64 = 0
        while (values()["process_cpu_seconds_total"] ?? 0) < before + 0.01 {
            sum &+= 1
        }
        #expect(sum > 0)
    }

    @Test func countsDescriptors() throws {
        let files = try (0..<50).map { _ in try #require(FileHandle(forReadingAtPath: "/dev/null")) }
        let open = try #require(values()["process_open_fds"])
        #expect(open >= 50 + 3)
        #expect(open < (try #require(values()["process_max_fds"])))
        try files.forEach { try $0.close() }
    }

    @Test func readsAProgramNameWithBracketsAndSpaces() throws {
        let stat = "42 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 0 200 4096 3 18"
        let status = try #require(ProcessStatus(stat: stat))
        #expect(status.threads == 17)
        #expect(status.virtualBytes == 4_096)
        #expect(status.residentBytes == 3 * sysconf(Int32(_SC_PAGESIZE)))
        #expect(status.secondsFromBootToStart == 200 / Double(sysconf(Int32(_SC_CLK_TCK))))
        #expect(ProcessStatus(stat: "") == nil)
        #expect(ProcessStatus(stat: "42 (a) S 1 2") == nil)
    }

    @Test func joinsARegistry() async {
        let registry = PrometheusRegistry()
        registry.collectProcessMetrics()
        #expect(await registry.text().contains("# TYPE process_cpu_seconds_total counter\n"))
    }
}
