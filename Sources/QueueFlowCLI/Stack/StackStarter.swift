import Foundation
import LocalServers

/// Brings the stack up: decides what to do about each service, does it, and waits until each is ready.
struct StackStarter: Sendable {
    let configuration: StackConfiguration
    let credentials: Credentials
    private let planner: StackPlanner
    private let preparation: StackPreparation
    private let records: ServiceRecords
    private let launcher: ServiceLauncher
    private let console: Console
    private let lock: StackLock

    /// Makes the stack's directory and credentials if there are none, and finds the programs.
    ///
    /// - Throws: ``StackError``; nothing has been started then.
    init(_ configuration: StackConfiguration, console: Console) throws(StackError) {
        self.configuration = configuration
        self.console = console
        let directory = configuration.directory
        do {
            let runsPostgres = configuration.external(.postgres) == nil
            try directory.make(openTo: runsPostgres ? ServerAccount.current() : nil)
        } catch {
            throw StackError(error, at: directory.root)
        }
        lock = try StackLock(directory)
        credentials = try Credentials.load(from: directory.credentials, environment: configuration.environment)
        planner = try StackPlanner(configuration: configuration, credentials: credentials)
        preparation = StackPreparation(directory: directory, planner: planner, console: console)
        records = ServiceRecords(directory: directory)
        launcher = ServiceLauncher(directory: directory)
    }

    /// Starts what has to be started.
    ///
    /// - Throws: ``StackError``. When a service does not become ready, what else was started goes on running.
    func start() async throws(StackError) {
        let plans = try planner.plans()
        let decisions = Dictionary(
            uniqueKeysWithValues: plans.map { ($0.service, StackDecision($0, record: records[$0.service])) }
        )
        let toStart = plans.filter { [.start, .restart].contains(decisions[$0.service]) }
        let running = records.all.filter(\.isRunning)
        for plan in toStart { if let record = records[plan.service] { await ServiceStopper.killLeftovers(of: record) } }
        try await PortCheck(console: console).run(toStart, held: Set(running.flatMap(\.ports).map(\.number)))
        await stopOutdated(running, decisions)

        for stage in StackService.Stage.allCases {
            let failed = await bring(plans.filter { $0.service.stage == stage }, decisions)
            guard failed.isEmpty else {
                let waiting = StackService.allCases.filter { $0.stage > stage && !(records[$0]?.isRunning ?? false) }
                throw .notReady(failed.map(\.rawValue), notStarted: waiting.map(\.rawValue))
            }
            if stage == .backends { try await preparation.makeDatabase() }
        }
    }

    private func stopOutdated(_ running: [ServiceRecord], _ decisions: [StackService: StackDecision]) async {
        for record in running.reversed() {
            let reason: String
            switch decisions[record.service] {
            case .restart: reason = "its program or configuration changed"
            case .useExternal: reason = "\(record.service.externalVariable ?? "") names another"
            default: continue
            }
            console.service(record.service, "stopping: \(reason)")
            _ = await ServiceStopper.stop(record, within: record.service.stopWithin)
        }
    }

    /// Starts services side by side and waits for all of them; returns those that failed.
    private func bring(
        _ plans: [ServicePlan],
        _ decisions: [StackService: StackDecision]
    ) async -> [StackService] {
        await withTaskGroup(of: StackService?.self) { group in
            for plan in plans {
                group.addTask {
                    do {
                        try await bring(plan, decisions[plan.service] ?? .start)
                        return nil
                    } catch {
                        console.service(plan.service, "FAILED: \(error)")
                        return plan.service
                    }
                }
            }
            return await group.reduce(into: []) { if let failed = $1 { $0.append(failed) } }
        }
    }

    private func bring(_ plan: ServicePlan, _ decision: StackDecision) async throws(StackError) {
        let start = ContinuousClock.now
        var process: DetachedProcess?
        switch plan.kind {
        case .external(let address):
            try records.write(
                ServiceRecord(
                    service: plan.service,
                    process: nil,
                    executable: "",
                    address: address,
                    ports: [],
                    check: plan.check,
                    fingerprint: plan.fingerprint,
                    startedAt: Date()
                )
            )
            console.service(plan.service, "using the one at \(address)")
        case .process where decision == .keep:
            break
        case .process(let command):
            try await preparation.prepare(plan.service)
            let ports = plan.ports.map { "\($0.use) \($0.number)" }.joined(separator: ", ")
            console.service(plan.service, "starting (\(ports))")
            process = try await launcher.start(plan, command).process
        }
        try await ReadinessWait(
            service: plan.service,
            check: plan.check,
            process: process,
            log: configuration.directory.log(of: plan.service)
        ).wait(within: plan.readyWithin)
        let time = (ContinuousClock.now - start).brief
        console.service(plan.service, decision == .keep ? "ready; it ran already" : "ready after \(time)")
    }
}
