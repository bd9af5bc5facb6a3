import Concurrency
import JobCore
import Metrics
import Platform
import Synchronization

/// Lets so many do something at a time, of which each tenant has a share; those who wait are let in tenant by tenant.
///
/// A tenant that asks for more at once than its share waits for itself alone: whoever else comes finds a place, or is the next but for one of
/// each tenant that waits.
final class FairGate: Sendable {
    /// How many are let in, and wait.
    struct Limits: Hashable, Sendable {
        /// How many are in, of all and of one tenant.
        var places: Int
        var placesOfTenant: Int
        /// How many wait, of all and of one tenant.
        var waiting = 4_096
        var waitingOfTenant = 1_024
        /// How long one waits.
        var patience = Duration.seconds(10)
    }

    private typealias Waiter = (number: UInt64, continuation: CheckedContinuation<Result<Void, any Error>, Never>)

    private struct State {
        var entered: [TenantName?: Int] = [:]
        var inside = 0
        var waiting = FairQueue<TenantName?, Waiter>(turn: 1)
        var last: UInt64 = 0
    }

    private let limits: Limits
    private let state = Mutex(State())
    private let refusals: Counter

    /// A gate.
    ///
    /// - Parameter name: What for, in metrics.
    init(_ name: String, limits: Limits) {
        self.limits = limits
        refusals = Counter(.readsRefused, [("gate", name)])
    }

    /// How many are in, and how many wait.
    var load: (inside: Int, waiting: Int) { state.withLock { ($0.inside, $0.waiting.count) } }

    /// Does something for a tenant when it is its turn.
    ///
    /// - Parameter tenant: For whom; nil means for somebody who is nobody's.
    /// - Throws: ``FairPlaces/Refusal`` when too many wait already, or for too long; `CancellationError`; what the body throws.
    func run<Output>(for tenant: TenantName?, _ body: () async throws -> Output) async throws -> Output {
        if !state.withLock({ enter(tenant, &$0) }) { try await wait(for: tenant) }
        defer { leave(tenant) }
        return try await body()
    }

    private func enter(_ tenant: TenantName?, _ state: inout State) -> Bool {
        guard state.inside < limits.places, state.entered[tenant, default: 0] < limits.placesOfTenant,
            state.waiting.cost(of: tenant) == 0
        else { return false }
        state.inside += 1
        state.entered[tenant, default: 0] += 1
        return true
    }

    private func wait(for tenant: TenantName?) async throws {
        let number = state.withLock { state in
            state.last += 1
            return state.last
        }
        let timer = Task { [limits] in
            guard (try? await Task.sleep(for: limits.patience)) != nil else { return }
            giveUp(number, of: tenant, FairPlaces.Refusal.tenant)
        }
        defer { timer.cancel() }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Result<Void, any Error>? = state.withLock { state in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if enter(tenant, &state) { return .success(()) }
                    guard state.waiting.count < limits.waiting else { return .failure(FairPlaces.Refusal.process) }
                    guard state.waiting.cost(of: tenant) < limits.waitingOfTenant else {
                        return .failure(FairPlaces.Refusal.tenant)
                    }
                    state.waiting.append((number, continuation), of: tenant)
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            giveUp(number, of: tenant, CancellationError())
        }
        do {
            try result.get()
        } catch {
            if error is FairPlaces.Refusal { refusals.increment() }
            throw error
        }
    }

    private func giveUp(_ number: UInt64, of tenant: TenantName?, _ error: any Error) {
        state.withLock { $0.waiting.remove(of: tenant) { $0.number == number } }?
            .continuation.resume(returning: .failure(error))
    }

    private func leave(_ tenant: TenantName?) {
        state.withLock { state in
            state.inside -= 1
            let left = state.entered[tenant, default: 1] - 1
            state.entered[tenant] = left > 0 ? left : nil
            guard state.inside < limits.places else { return nil as Waiter? }
            let next = state.waiting.popFirst { state.entered[$0, default: 0] < limits.placesOfTenant }
            guard let next else { return nil }
            state.inside += 1
            state.entered[next.owner, default: 0] += 1
            return next.element
        }?.continuation.resume(returning: .success(()))
    }
}

/// What reading passes through, so that no tenant takes all of the connections for it, nor the processor's time.
struct ReadGates: Sendable {
    /// For pages of what there is, which take the database's time and this process's.
    let pages: FairGate
    /// For single things, by their key.
    let lookups: FairGate

    /// Gates before a pool.
    ///
    /// - Parameter connections: How many it has. Two are left to those who read for all.
    init(connections: Int) {
        let pages = max(1, connections - 2)
        self.pages = FairGate("pages", limits: .init(places: pages, placesOfTenant: max(1, pages / 2)))
        lookups = FairGate("lookups", limits: .init(places: 2 * connections, placesOfTenant: max(2, connections / 2)))
    }
}
