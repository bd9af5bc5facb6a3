import Concurrency
import GRPC
import JobCore
import Synchronization

/// Lets workers open sessions, a few at a time, and each tenant a share.
///
/// To open a session is to write, on the connections on which leases are renewed, and leaves a row that every sweep reads. So workers that
/// come by the thousand wait for each other, and those of one tenant are bounded: in how many there are, in how many come in a while, and
/// in how many wait. Who comes with the `WORKER_TOKEN` is the installation's own, and waits for a place alone.
final class SessionGate: Sendable {
    /// How much is let in.
    struct Limits: Sendable {
        /// How many sessions are opened at a time: the other connection is for renewals.
        var places = 1
        /// How many workers wait for a place.
        var waiting = 2_000
        /// How many of one tenant's do.
        var waitingOfTenant = 50
        /// How many sessions one tenant's workers have with this process.
        var sessionsOfTenant = 1_000
        /// How many bytes the names of queues and types have that they come with, all together: they are kept, and every list shows them.
        var namesOfTenant = 16 << 20
        /// How many a tenant opens at once.
        var burst = 1_000.0
        /// How many it opens in a second after that.
        var perSecond = 100.0
    }

    private struct Share {
        var sessions = 0
        var names = 0
        var waiting = 0
        var openings: TokenBucket
    }

    private struct State {
        var free: Int
        var shares: [TenantName: Share] = [:]
        var waiters = WaiterQueue<Bool>()
    }

    private let limits: Limits
    private let state: Mutex<State>
    private let now: @Sendable () -> ContinuousClock.Instant

    /// A gate.
    ///
    /// - Parameter now: The present time.
    init(limits: Limits = Limits(), now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.limits = limits
        self.now = now
        state = Mutex(State(free: limits.places))
    }

    /// How many wait for a place.
    var waiting: Int { state.withLock { $0.waiters.count } }

    /// Runs a session of a worker: opens it when it is its turn, then goes on with it.
    ///
    /// - Parameters:
    ///   - tenant: Whose jobs alone the worker serves; nil means everybody's.
    ///   - names: How many bytes the names have that it comes with.
    /// - Throws: ``GRPCError`` when there is no room for it; what opening it and the session throw.
    func run<Opened: Sendable>(
        of tenant: TenantName?,
        naming names: Int = 0,
        opening open: () async throws -> Opened,
        _ session: (Opened) async throws -> Void
    ) async throws {
        try begin(tenant, names)
        defer { end(tenant, names) }
        let opened: Opened
        do {
            guard await enter(tenant) else { throw CancellationError() }
            defer { leave() }
            opened = try await open()
        }
        try await session(opened)
    }

    private func begin(_ tenant: TenantName?, _ names: Int) throws(GRPCError) {
        let now = now()
        let problem: String? = state.withLock { state in
            guard state.waiters.count < limits.waiting else { return "too many workers wait to open a session" }
            guard let tenant else { return nil }
            var share =
                state.shares[tenant]
                ?? Share(openings: TokenBucket(burst: limits.burst, perSecond: limits.perSecond, at: now))
            guard share.sessions < limits.sessionsOfTenant else { return "the tenant's workers have too many sessions" }
            guard share.names + names <= limits.namesOfTenant else {
                return "the names of the queues and types of the tenant's workers have too many bytes in all"
            }
            guard share.waiting < limits.waitingOfTenant, share.openings.take(upTo: 1, at: now) == 1 else {
                return "the tenant's workers open too many sessions in a short time"
            }
            share.sessions += 1
            share.names += names
            share.waiting += 1
            state.shares[tenant] = share
            return nil
        }
        if let problem { throw GRPCError(code: .resourceExhausted, message: "\(problem); try again") }
    }

    private func enter(_ tenant: TenantName?) async -> Bool {
        let hasPlace = await state.wait(in: \.waiters, ifCancelled: false) { state in
            guard state.free > 0 else { return nil }
            state.free -= 1
            return true
        }
        if let tenant { state.withLock { $0.shares[tenant]?.waiting -= 1 } }
        return hasPlace
    }

    private func leave() {
        state.withLock { state in
            let next = state.waiters.popFirst()
            if next == nil { state.free += 1 }
            return next
        }?.resume(returning: true)
    }

    private func end(_ tenant: TenantName?, _ names: Int) {
        guard let tenant else { return }
        let now = now()
        state.withLock { state in
            state.shares[tenant]?.sessions -= 1
            state.shares[tenant]?.names -= names
            // Tenants that have none, and have been away for long, are forgotten.
            guard state.shares.count > 1_000 else { return }
            state.shares = state.shares.filter { $0.value.sessions > 0 || !$0.value.openings.isFull(at: now) }
        }
    }
}
