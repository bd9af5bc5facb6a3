import Foundation
import LocalServers
import Postgres

/// One run: a stack, jobs, faults, and what there is to know in the end.
struct Experiment: Sendable {
    var seed: UInt64
    var duration: Duration
    /// Jobs a second.
    var rate: Int
    var isVerbose = false
    /// What to do to the database before anything runs: tests of the checker spoil a guarantee here.
    var preparation: @Sendable (PostgresConnection) async throws -> Void = { _ in }
    /// The faults; those that follow from the seed unless given.
    var faults: [Fault]?

    /// How long jobs may take to end once everything is whole, before they count as stuck.
    var settling = Duration.seconds(90)

    /// How long the last submissions may take to be answered once everything is whole.
    private static let patience = Duration.seconds(20)

    /// Runs it.
    ///
    /// - Throws: When the stack cannot be started or brought back; broken promises are in the report.
    func run(binaries: URL, directory: URL) async throws -> Report {
        let stack = try await ChaosStack.start(binaries: binaries, directory: directory)
        do {
            let report = try await run(on: stack)
            await stack.stop()
            return report
        } catch {
            await stack.stop()
            throw error
        }
    }

    private func run(on stack: ChaosStack) async throws -> Report {
        let database = try await PostgresConnection.connect(PostgresConfiguration(url: stack.postgres.url))
        try await preparation(database)
        await database.close()
        let client = try await stack.apiKey(tenant: "default")
        let stranger = try await stack.apiKey(tenant: "stranger")
        try await ChaosSchedule.createAll(port: stack.httpPorts[0], as: client)

        let workload = Workload(ports: stack.httpPorts, as: client)
        async let submissions: Void = workload.run(
            seed: seed,
            rate: rate,
            for: duration,
            patience: Self.patience
        )
        var evidence = Evidence()
        evidence.blows = try await attack(stack)
        evidence.healed = Date()
        await submissions
        try await stack.waitUntilReady(within: .seconds(60))
        try await ChaosSchedule.pauseAll(port: stack.httpPorts[0], as: client)

        let record = try await PostgresConnection.connect(PostgresConfiguration(url: stack.postgres.url))
        try await settle(record)
        let settled = Date().timeIntervalSince(evidence.healed)
        let observations = workload.seen
        evidence.accepted = observations.accepted
        evidence.wrongRefusals = observations.wrongRefusals
        evidence.ledger = try Ledger.entries(at: stack.ledger)
        try await evidence.read(record)
        await record.close()
        let probe = TenantProbe(
            port: stack.httpPorts[0],
            caller: stranger
        )
        (evidence.tenantProbes, evidence.tenantLeaks) = try await probe.run(evidence.accepted.suffix(50))
        return Report(
            seed: seed,
            duration: duration,
            observations: observations,
            evidence: evidence,
            settled: settled,
            findings: InvariantChecker(evidence).findings
        )
    }

    /// Lets the faults happen, each at its time, and waits until the last one is over.
    private func attack(_ stack: ChaosStack) async throws -> [Evidence.Blow] {
        let start = ContinuousClock.now
        let faults = faults ?? FaultPlan(seed: seed, duration: duration).faults
        let blows = try await withThrowingTaskGroup(of: Evidence.Blow.self) { group in
            for fault in faults {
                group.addTask {
                    try await Task.sleep(until: start + fault.start, clock: .continuous)
                    if isVerbose { print("\(fault.start.inSeconds) s: \(fault)") }
                    let began = Date()
                    try await stack.begin(fault)
                    try await Task.sleep(until: start + fault.end, clock: .continuous)
                    try await stack.end(fault)
                    return Evidence.Blow(fault: fault, began: began, ended: Date())
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        try await Task.sleep(until: start + duration, clock: .continuous)
        return blows
    }

    /// Waits until every job has ended, or the time for that is up.
    private func settle(_ database: PostgresConnection) async throws {
        let deadline = ContinuousClock.now + settling
        while try await Evidence.liveJobs(database) > 0, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(100))
        }
    }
}
