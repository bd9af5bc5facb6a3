import Foundation
import Testing

@testable import QueueFlowCLI

@Suite struct StatusTableTests {
    private let process = ProcessIdentity(pid: 4711, startTicks: 1, boot: "b")

    @Test func aTableTellsWhatRunsAndWhatDoesNot() {
        let table = StatusTable(rows: [
            .init(
                service: .postgres,
                record: Samples.record(.postgres, process: nil, address: "db:5432"),
                state: .ready
            ),
            .init(
                service: .jobService,
                record: Samples.record(
                    .jobService,
                    process: process,
                    ports: [PortUse(variable: "HTTP_PORT", use: "REST", number: 8080)]
                ),
                state: .notReady("http://x answers 503: no database")
            ),
            .init(service: .worker, record: Samples.record(.worker, process: process), state: .ended),
            .init(service: .nginx, record: nil, state: .notStarted),
        ])
        #expect(
            table.text(now: Date(timeIntervalSince1970: 3725)) == """
                NAME         PID       UP     PORTS      READY
                postgres     external  -      db:5432    yes
                job-service  4711      1h 2m  8080 REST  NO: http://x answers 503: no database
                worker       -         -                 NO: it has ended; see: queueflow logs worker
                nginx        -         -      -          NO: not started
                """
        )
        #expect(!table.isReady)
    }

    @Test func everythingReadyIsReady() {
        let row = StatusTable.Row(service: .redis, record: Samples.record(.redis, process: process), state: .ready)
        let worker = StatusTable.Row(service: .worker, record: nil, state: .notWanted)
        let table = StatusTable(rows: [row, worker])
        #expect(table.isReady)
        #expect(table.text(now: Date()).contains("none of ours (--no-worker)"))
    }

    @Test(arguments: [(0, "0s"), (59, "59s"), (65, "1m 5s"), (3600, "1h 0m"), (200_000, "2d 7h"), (-5, "0s")])
    func agesAreBrief(_ seconds: Int, _ text: String) {
        #expect(StatusTable.age(TimeInterval(seconds)) == text)
    }

    @Test func durationsAreBrief() {
        #expect(Duration.milliseconds(35).brief == "35 ms")
        #expect(Duration.milliseconds(1004).brief == "1.00 s")
        #expect(Duration.milliseconds(61_996).brief == "62.00 s")
    }
}
