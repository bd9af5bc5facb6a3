import Foundation
import LocalServers

/// Brings the stack up: decides what to do about each service, does it, and waits until each is ready.
struct StackStarter: Sendable {
    let settings: StackSettings
    let credentials: Credentials
    private var configuration: StackConfiguration { settings.configuration }
    /// What the gateway has for TLS; nil when it speaks none.
    var certificate: GatewayCertificate? { planner.gateway.certificate }
    private let planner: StackPlanner
    private let preparation: StackPreparation
    private let records: ServiceRecords
    private let launcher: ServiceLauncher
    private let console: Console
    private let lock: StackLock

    /// Makes the stack's directory and credentials if there are none, and finds the programs.
    ///
    /// - Parameter lock: Held since before the settings were read.
    /// - Throws: ``StackError``; nothing has been started then.
    init(_ settings: StackSettings, lock: StackLock, console: Console) throws(StackError) {
        self.settings = settings
        self.console = console
        self.lock = lock
        let configuration = settings.configuration
        let directory = configuration.directory
        do {
            let runsPostgres = configuration.external(.postgres) == nil
            try directory.make(openTo: runsPostgres ? ServerAccount.current() : nil)
        } catch {
            throw StackError(error, at: directory.root)
        }
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
        try await certificate?.make()
        let plans = try planner.plans()
        let decisions = Dictionary(
            uniqueKeysWithValues: plans.map { ($0.service, StackDecision($0, record: records[$0.service])) }
        )
        let toStart = plans.filter { decisions[$0.service]?.starts ?? false }
        let running = records.all.filter(\.isRunning)
        tell(plans)
        try await reach(plans)
        for plan in toStart { if let record = records[plan.service] { await ServiceStopper.killLeftovers(of: record) } }
        try await PortCheck(console: console).run(toStart, held: Set(running.flatMap(\.ports).map(\.number)))
        tellWithdrawn(plans, running)
        await stopOutdated(running, decisions)
        for service in StackService.allCases where !configuration.services.contains(service) { records.remove(service) }

        for stage in StackService.Stage.allCases {
            let failed = await bring(plans.filter { $0.service.stage == stage }, decisions)
            guard failed.isEmpty else {
                let waiting = configuration.services.filter { $0.stage > stage && !(records[$0]?.isRunning ?? false) }
                throw .notReady(failed.map(\.rawValue), notStarted: waiting.map(\.rawValue))
            }
            if stage == .backends { try await preparation.makeDatabase() }
        }
        // Not before: settings with which the stack does not come up are not worth keeping.
        try settings.kept.write(to: configuration.directory.settings)
    }

    /// Says what the caller may not know: what earlier calls decided, and which servers elsewhere are used.
    private func tell(_ plans: [ServicePlan]) {
        if !settings.recalled.isEmpty {
            let back =
                (settings.recalled.contains("--no-worker") ? ", a worker comes back with --worker" : "")
                + (settings.recalled.contains("--tls") ? ", TLS ends with --no-tls" : "")
            console.line(
                "Kept from an earlier `up`: \(settings.recalled.joined(separator: ", ")). "
                    + "Forget one with NAME=, all with --reset-settings\(back)."
            )
        }
        for plan in plans {
            guard case .external(let address) = plan.kind, let variable = plan.service.externalVariable else {
                continue
            }
            let origin =
                configuration.recalled.contains(variable) ? "kept from an earlier `up`" : "from the environment"
            console.service(
                plan.service,
                "using \(address.isEmpty ? "what \(variable) names" : "the one at \(address)"): \(variable) \(origin)"
            )
        }
    }

    /// Says which permissions end with this call.
    private func tellWithdrawn(_ plans: [ServicePlan], _ running: [ServiceRecord]) {
        let before = running.first { $0.service == .worker }?.settings ?? [:]
        let now = plans.first { $0.service == .worker }?.settings ?? [:]
        for name in KeptSettings.permissions.sorted()
        where now[name] == nil && (before[name] != nil || settings.withdrawn.contains(name)) {
            console.service(
                .worker,
                "\(name) is taken away: it is never kept, so give it to each `up` that shall have it"
            )
        }
    }

    /// Waits until the servers elsewhere answer, before anything is stopped for their sake.
    private func reach(_ plans: [ServicePlan]) async throws(StackError) {
        for plan in plans {
            guard case .external(let address) = plan.kind else { continue }
            let deadline = ContinuousClock.now + plan.readyWithin
            while let problem = await plan.check.problem() {
                guard ContinuousClock.now < deadline else {
                    throw .unreachable(plan.service, address: address, problem: problem)
                }
                try? await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    private func stopOutdated(_ running: [ServiceRecord], _ decisions: [StackService: StackDecision]) async {
        for record in running.reversed() {
            let reason: String
            switch decisions[record.service] {
            case .keep, .start: continue
            case .restart(let changed) where changed.isEmpty: reason = "its program or configuration changed"
            case .restart(let changed): reason = "\(changed.joined(separator: ", ")) changed"
            case .useExternal: reason = "\(record.service.externalVariable ?? "") names another"
            case nil: reason = "this stack has none of its own (--no-worker)"
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
