import Foundation
import LocalServers
import Postgres

/// One run: a stack, jobs, faults, and what there is to know in the end.
struct Experiment: Sendable {
    var seed: UInt64
    var duration: Duration
    /// Jobs a second.
    var rate: Int
    var broker = Broker.own
    var isVerbose = false
    /// What to do to the database before anything runs: tests of the checker spoil a guarantee here.
    var preparation: @Sendable (PostgresConnection) async throws -> Void = { _ in }
    /// The faults, surges and pauses; those that follow from the seed unless given.
    var faults: [Fault]?
    var surges: [Surge]?
    var pauses: [Pause]?

    /// How long no job may end once everything is whole, before those that are left count as stuck.
    var settling = Duration.seconds(60)

    /// How long the last submissions may take to be answered once everything is whole.
    private static let patience = Duration.seconds(20)

    /// Runs it.
    ///
    /// - Throws: When the stack cannot be started or brought back; broken promises are in the report.
    func run(binaries: URL, directory: URL) async throws -> Report {
        let stack = try await ChaosStack.start(binaries: binaries, directory: directory, broker: broker)
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
        var clients: [ChaosQueue.Tenant: HTTP.Credential] = [:]
        for tenant in ChaosQueue.Tenant.allCases {
            clients[tenant] = try await stack.apiKey(tenant: tenant.rawValue)
        }
        let stranger = try await stack.apiKey(tenant: "stranger")
        let administrator = try await stack.apiKey(tenant: "default", role: "ADMIN")
        try await ChaosSchedule.createAll(port: stack.httpPorts[0], as: clients[.default])

        let plan = WorkPlan(seed: seed, duration: duration)
        let surges = surges ?? plan.surges
        let pauses = pauses ?? plan.pauses
        let workload = Workload(ports: stack.httpPorts, as: clients, isVerbose: isVerbose)
        let operation = Operator(ports: stack.httpPorts, caller: administrator, isVerbose: isVerbose)
        async let submissions: Void = workload.run(
            seed: seed,
            rate: rate,
            surges: surges,
            for: duration,
            patience: Self.patience
        )
        async let pausing = operation.run(pauses)
        var evidence = Evidence()
        evidence.blows = try await attack(stack)
        evidence.healed = Date()
        evidence.pauses = try await pausing
        await submissions
        try await stack.waitUntilReady(within: .seconds(60))
        evidence.pauses += try await operation.resumeRest(after: evidence.pauses)
        try await ChaosSchedule.pauseAll(port: stack.httpPorts[0], as: clients[.default])

        let record = try await PostgresConnection.connect(PostgresConfiguration(url: stack.postgres.url))
        try await settle(record)
        let settled = Date().timeIntervalSince(evidence.healed)
        let observations = workload.seen
        evidence.accepted = observations.accepted
        evidence.wrongRefusals = observations.wrongRefusals
        evidence.ledger = try Ledger.entries(at: stack.ledger)
        try await evidence.read(record)
        await record.close()
        for (caller, tenant) in [(stranger, nil), (clients[.acmeEU], ChaosQueue.Tenant.acmeEU)] {
            guard let caller else { continue }
            let others = evidence.accepted.filter { $0.tenant != tenant }.suffix(50)
            let probe = TenantProbe(port: stack.httpPorts[0], caller: caller, isStranger: tenant == nil)
            let (count, leaks) = try await probe.run(others)
            evidence.tenantProbes += count
            evidence.tenantLeaks += leaks
        }
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
        let faults = faults ?? FaultPlan(seed: seed, duration: duration, breaksBroker: broker.isBreakable).faults
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

    /// Waits until every job has ended, or none has for too long.
    private func settle(_ database: PostgresConnection) async throws {
        var (left, since) = (Int.max, ContinuousClock.now)
        while true {
            let live = try await Evidence.liveJobs(database)
            if live == 0 || since + settling < .now { return }
            if live < left { (left, since) = (live, .now) }
            try await Task.sleep(for: .milliseconds(live > 1_000 ? 500 : 100))
        }
    }
}
