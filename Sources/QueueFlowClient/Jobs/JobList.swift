import Formats
public import Foundation
import QueueFlowJobs

/// Which jobs to list.
public struct JobFilter: Hashable, Sendable {
    /// In which state.
    public var state: JobState?
    /// Of which type.
    public var type: String?
    /// In which queue.
    public var queue: String?
    /// With which tag.
    public var tag: String?
    /// Submitted by the handler of the job of this id.
    public var parent: String?
    /// Created at this time or later.
    public var createdAfter: Date?
    /// Created before this time.
    public var createdBefore: Date?
    /// How many are asked for at once: 1 to 500.
    public var pageSize: Int

    /// Jobs that are all of what is given.
    public init(
        state: JobState? = nil,
        type: String? = nil,
        queue: String? = nil,
        tag: String? = nil,
        parent: String? = nil,
        createdAfter: Date? = nil,
        createdBefore: Date? = nil,
        pageSize: Int = 100
    ) {
        self.state = state
        self.type = type
        self.queue = queue
        self.tag = tag
        self.parent = parent
        self.createdAfter = createdAfter
        self.createdBefore = createdBefore
        self.pageSize = pageSize
    }

    /// The query of `GET /jobs`.
    func query(cursor: String?) -> String {
        let parameters: [(String, String?)] = [
            ("state", state?.rawValue), ("type", type), ("queue", queue), ("tag", tag), ("parent", parent),
            ("created_after", createdAfter.map(JobCoding.text)), ("created_before", createdBefore.map(JobCoding.text)),
            ("limit", "\(pageSize)"), ("cursor", cursor),
        ]
        return parameters.compactMap { name, value in value.map { "\(name)=\($0.percentEncoded)" } }
            .joined(separator: "&")
    }
}

/// Jobs, the newest first. A page is read when the one before has been gone through, so that any number can be.
public struct JobList: AsyncSequence, Sendable {
    let client: QueueFlowClient
    let filter: JobFilter

    /// Starts at the newest.
    public func makeAsyncIterator() -> Iterator {
        Iterator(client: client, filter: filter)
    }

    /// Goes through the pages.
    public struct Iterator: AsyncIteratorProtocol {
        private let client: QueueFlowClient
        private let filter: JobFilter
        private var page: [JobRecord] = []
        private var cursor: String?
        private var isLast = false

        fileprivate init(client: QueueFlowClient, filter: JobFilter) {
            self.client = client
            self.filter = filter
        }

        /// The next job; nil after the last one.
        ///
        /// - Throws: ``QueueFlowError``; `CancellationError`.
        public mutating func next() async throws -> JobRecord? {
            // A page may be empty and not the last.
            while page.isEmpty, !isLast {
                let call = Call.get("/jobs?\(filter.query(cursor: cursor))", "listing jobs")
                let answer = try await client.transport.send(call)
                let codec = client.transport.configuration.codec
                let (jobs, next) = try client.read(answer, call) { json in
                    let members = try JSONObjectSlice(parsing: Array(json), depthLimit: JobRecord.depthLimit)
                    guard let jobs = members["jobs"]?.array else { throw NoJobs() }
                    return (
                        try jobs.map { try JobRecord(json: Data($0.rawBytes), codec: codec) },
                        members["next_cursor"]?.string
                    )
                }
                page = jobs.reversed()
                cursor = next
                isLast = next == nil
            }
            return page.popLast()
        }
    }
}

/// An answer that should list jobs does not.
private struct NoJobs: Error {}
