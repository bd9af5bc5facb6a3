import Formats
import Foundation
import Hummingbird
import JobCore
import JobStore
import Platform

/// The calls that tell how things stand and what they came to.
struct FigureRoutes: Sendable {
    let store: MinuteStore
    let components: ComponentStates

    func add(to router: some RouterMethods<AuthenticatedContext>) {
        router.get("/overview", use: overview)
        router.get("/history", use: history)
    }

    /// `GET /overview`: how a tenant, or everybody together, stands.
    func overview(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        var reader = QueryReader(request.uri, known: ["tenant"])
        let named = reader.name("tenant", as: TenantName.self)
        try reader.errors.check()
        let tenant = try context.principal.tenant(named: named)
        let start = ContinuousClock.now
        guard let overview = try await store.overview(of: tenant) else { throw Problem.tenantNotFound(tenant) }
        let states = components.states(readingTook: start.duration(to: .now))
        var writer = JSONWriter(reservingCapacity: 1_024)
        overview.write(
            to: &writer,
            tenant: tenant,
            showsWorkers: context.principal.visibleTenant == nil,
            components: states.all
        )
        return Response(.ok, headers: [.cacheControl: "no-store"], json: writer)
    }

    /// `GET /history`: what became of jobs, step by step.
    func history(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        var reader = QueryReader(request.uri, known: ["range", "tenant", "queue"])
        let range = reader.choice("range", of: HistoryRange.self) ?? .hour
        let named = reader.name("tenant", as: TenantName.self)
        let queue = reader.name("queue", as: QueueName.self)
        try reader.errors.check()
        let tenant = try context.principal.tenant(named: named)
        // A queue is one of a tenant: of who asks, unless another is named.
        let scope = FigureScope(tenant: queue == nil ? tenant : tenant ?? context.principal.tenant, queue: queue)
        guard let points = try await store.history(of: scope, range) else { throw Problem.tenantNotFound(scope.tenant) }
        var writer = JSONWriter(reservingCapacity: 64 + points.count * 192)
        writer.object { object in
            object.member("step", range.step * 60)
            object.name("points")
            object.array { array in
                for point in points { point.write(to: &array) }
            }
        }
        return Response(.ok, headers: [.cacheControl: "no-store"], json: writer)
    }
}

extension Problem {
    /// There is no such tenant; nil stands for everybody, of whom there always is one.
    fileprivate static func tenantNotFound(_ name: TenantName?) -> Problem {
        name.map { tenantNotFound($0) } ?? .unexpected
    }
}

extension Principal {
    /// Whose figures are asked for; nil for everybody's.
    ///
    /// - Parameter name: The tenant that is named; nil for none.
    /// - Throws: ``Problem`` when it is another one's, of which this principal may know nothing.
    fileprivate func tenant(named name: TenantName?) throws(Problem) -> TenantName? {
        guard let own = visibleTenant else { return name }
        if let name, name != own { throw Problem.tenantNotFound(name) }
        return own
    }
}

/// How what a job-service stands on is, as far as its own work has shown: nothing is asked for it.
struct ComponentStates: Sendable {
    /// Round what clients wait for.
    let postgres: CircuitBreaker
    let redis: GuardedRedis
    let publisher: JobPublisher

    /// How long a reading may take before PostgreSQL is called slow: many times what one takes.
    private static let slow = Duration.seconds(1)

    /// The state of each, when something has just been read.
    struct Reading {
        var isPostgresSlow = false
        var isKafkaAway = false
        var isRedisAway = false

        /// Each by its name.
        var all: [(name: String, state: String)] {
            [
                ("postgres", isPostgresSlow ? "slow" : "ok"), ("kafka", isKafkaAway ? "away" : "ok"),
                ("redis", isRedisAway ? "away" : "ok"),
            ]
        }
    }

    /// The state of each.
    ///
    /// - Parameter time: How long a reading has just taken.
    func states(readingTook time: Duration) -> Reading {
        let isKafkaAway: Bool
        do {
            try publisher.checkDeliveries()
            isKafkaAway = false
        } catch { isKafkaAway = true }
        // Who asks this was answered by PostgreSQL; the circuit may know better of others.
        return Reading(
            isPostgresSlow: time > Self.slow || !postgres.isClosed,
            isKafkaAway: isKafkaAway,
            isRedisAway: redis.isAway
        )
    }
}

extension Overview {
    /// Writes the overview as a JSON object.
    ///
    /// - Parameters:
    ///   - tenant: Whose it is; nil for everybody's.
    ///   - showsWorkers: Whether to tell of the workers, which are the installation's.
    fileprivate func write(
        to writer: inout JSONWriter,
        tenant: TenantName?,
        showsWorkers: Bool,
        components: [(name: String, state: String)]
    ) {
        writer.object { object in
            object.member("at", RFC3339.string(at))
            object.member("tenant", orNull: tenant?.rawValue)
            object.name("jobs")
            object.object { counts.writeStates(to: &$0) }
            object.name("rates")
            object.object {
                $0.member("submitted", rates.submitted.rounded(to: 1_000))
                $0.member("completed", rates.completed.rounded(to: 1_000))
                $0.member("failed", rates.failed.rounded(to: 1_000))
                $0.member("died", rates.died.rounded(to: 1_000))
                $0.member("cancelled", rates.cancelled.rounded(to: 1_000))
            }
            object.member("failure_ratio", orNull: rates.failureRatio?.rounded(to: 10_000))
            object.name("wait")
            if waits.total > 0 {
                object.object {
                    $0.member("p50", orNull: waits.percentile(0.5)?.rounded(to: 10_000))
                    $0.member("p95", orNull: waits.percentile(0.95)?.rounded(to: 10_000))
                    $0.member("p99", orNull: waits.percentile(0.99)?.rounded(to: 10_000))
                }
            } else {
                object.null()
            }
            object.member("oldest_ready_age", orNull: oldestReadyAge?.rounded(to: 1_000))
            object.name("slots")
            if showsWorkers {
                object.object {
                    $0.member("total", slots)
                    $0.member("used", usedSlots)
                }
            } else {
                object.null()
            }
            object.member("workers", orNull: showsWorkers ? Int64(workers) : nil)
            object.member("queues", queues)
            object.member("paused_queues", pausedQueues)
            object.name("components")
            object.object {
                for (name, state) in components { $0.member(name, state) }
            }
            object.member("scheduler_seen_at", orNull: schedulerSeenAt.map { RFC3339.string($0) })
        }
    }
}

extension HistoryPoint {
    /// Writes the point as a JSON object.
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object {
            $0.member("at", RFC3339.string(at))
            $0.member("submitted", orNull: flow?.submitted)
            $0.member("completed", orNull: flow?.completed)
            $0.member("failed", orNull: flow?.failed)
            $0.member("died", orNull: flow?.died)
            $0.member("cancelled", orNull: flow?.cancelled)
            $0.member("queued", orNull: load?.queued)
            $0.member("running", orNull: load?.running)
            $0.member("wait_p50", orNull: waits.percentile(0.5)?.rounded(to: 10_000))
            $0.member("wait_p95", orNull: waits.percentile(0.95)?.rounded(to: 10_000))
        }
    }
}

extension Double {
    /// The nearest of so many steps to one.
    fileprivate func rounded(to steps: Double) -> Double { (self * steps).rounded() / steps }
}
