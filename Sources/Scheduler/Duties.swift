import JobCore
import Kafka
import Logging
import Metrics

/// The periodic duties of a scheduler.
struct Duties: Sendable {
    /// How far, in time, a topic's lowest watermark must have passed a job before its record counts as lost.
    static let watermarkSlack = Duration.seconds(2)
    /// How many jobs whose record was lost are published again in one round, and how often: 5 000 a second at most.
    static let (republishBatch, republishInterval) = (2_500, Duration.milliseconds(500))

    let stores: Stores
    let settings: SchedulerSettings
    let publisher: JobPublisher
    let endedRuns: EndedRunsPublisher
    let topics: TopicCreator
    let producer: KafkaProducer
    let logger: Logger

    /// All of them.
    var all: [PeriodicDuty] {
        [endExpiredLeases, requeueUnannouncedJobs, countPartitions, makePartitions, sweepClaimBatches]
            + RetentionDuties(stores: stores, settings: settings, logger: logger).all
    }

    private var endExpiredLeases: PeriodicDuty {
        let lost = Counter(label: "qf_lost_runs_total")
        return PeriodicDuty("expired leases", every: .seconds(1), isVital: true, logger: logger) {
            let limit = 10
            let (workers, ended) = try await retryingConflicts {
                try await stores.leases.endExpired(limit: limit)
            }
            endedRuns.publish(ended)
            lost.increment(by: ended.announcements.count + ended.deaths.count + ended.cancelled)
            for worker in workers {
                logger.warning(
                    "a worker's lease ran out; its jobs were taken back",
                    metadata: ["worker_id": "\(worker.id)", "name": "\(worker.name)"]
                )
            }
            return workers.count == limit
        }
    }

    private var requeueUnannouncedJobs: PeriodicDuty {
        let republished = Counter(label: "qf_records_republished_total")
        return PeriodicDuty("lost records", every: Self.republishInterval, isVital: true, logger: logger) {
            let announcements = try await retryingConflicts {
                try await stores.watermarks.requeueUnannounced(slack: Self.watermarkSlack, limit: Self.republishBatch)
            }
            publisher.publish(announcements)
            republished.increment(by: announcements.count)
            if !announcements.isEmpty {
                logger.notice(
                    "records that were lost are published again",
                    metadata: ["records": "\(announcements.count)"]
                )
            }
            return false
        }
    }

    /// Learns how many partitions topics have. Until then the watermark rule leaves a topic alone.
    private var countPartitions: PeriodicDuty {
        PeriodicDuty("partition counts", every: .seconds(2), logger: logger) {
            let known = try await stores.topics.all()
            await topics.ensure(known.map(\.topic))
            var counts: [(id: Int32, partitions: Int32)] = []
            for topic in known where topic.partitions == nil {
                let partitions = try await producer.partitionCount(of: topic.topic.name, timeout: .seconds(5))
                if partitions > 0 { counts.append((topic.id, Int32(partitions))) }
            }
            if !counts.isEmpty { try await stores.topics.setPartitions(counts) }
            return false
        }
    }

    private var makePartitions: PeriodicDuty {
        PeriodicDuty("history partitions", every: .seconds(3600), logger: logger) {
            let made = try await stores.history.makePartitions(daysAhead: 7)
            if !made.isEmpty {
                logger.info("history partitions were made", metadata: ["days": "\(made.joined(separator: " "))"])
            }
            return false
        }
    }

    private var sweepClaimBatches: PeriodicDuty {
        PeriodicDuty("claim batches", every: .seconds(60), logger: logger) {
            let swept = try await stores.claims.sweep(olderThan: .seconds(60))
            if swept > 0 { logger.debug("claim batches were swept", metadata: ["batches": "\(swept)"]) }
            return false
        }
    }
}
