import Formats
import JobCore
import JobStore

/// Server-sent events as they go over the wire (WHATWG HTML, section 9.2).
enum EventFrame {
    /// The most characters of an error that an event tells; the job itself tells all.
    private static let maxErrorLength = 200

    /// Keeps connections open that close when nothing is said.
    static let heartbeat = Array(": heartbeat\n\n".utf8)
    /// The last word to a listener that missed events: it is to read what it shows anew, and to listen again.
    static let lagged = frame("lagged", Array("{}".utf8))

    /// A job changed.
    static func job(_ job: JobSummary) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 512)
        writer.object {
            $0.member("id", job.id.description)
            $0.member("state", job.state.rawValue)
            $0.member("type", job.type)
            $0.member("queue", job.queue)
            $0.member("tenant", job.tenant)
            $0.member("priority", job.priority.rawValue)
            $0.member("attempt", job.attempt)
            $0.member("run", job.run)
            $0.member("worker_id", orNull: job.worker?.description)
            $0.member("error", orNull: job.error.map { String($0.prefix(maxErrorLength)) })
            $0.member("progress", job.progress)
        }
        return frame("job", writer.bytes)
    }

    /// A job was removed.
    static func removed(_ job: JobID, of tenant: TenantName) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 128)
        writer.object {
            $0.member("id", job.description)
            $0.member("tenant", tenant.rawValue)
        }
        return frame("job-deleted", writer.bytes)
    }

    /// A job's handler logged lines.
    static func log(_ lines: [RunNote.Line], of run: RunKey, tenant: String) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 128 + lines.count * 128)
        writer.object {
            $0.member("id", run.job.description)
            $0.member("run", run.run)
            $0.member("tenant", tenant)
            $0.name("lines")
            $0.array { array in
                for line in lines {
                    array.object {
                        $0.member("number", line.number)
                        $0.member("level", line.level)
                        $0.member("message", line.message)
                    }
                }
            }
        }
        return frame("log", writer.bytes)
    }

    /// The figures of some queues.
    static func queues(_ queues: [QueueStatus]) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 32 + queues.count * 320)
        writer.object { object in
            object.name("queues")
            object.array { array in
                for queue in queues { queue.write(to: &array, withAge: false) }
            }
        }
        return frame("queues", writer.bytes)
    }

    /// An operation has come further, or has ended.
    static func operation(_ operation: ToldOperation) -> [UInt8] { frame("operation", operation.json) }

    /// JSON written by ``JSONWriter`` has no line breaks but in a payload, which no event carries.
    private static func frame(_ event: String, _ data: [UInt8]) -> [UInt8] {
        Array("event: \(event)\ndata: ".utf8) + data + Array("\n\n".utf8)
    }
}
