import Crypto
import HTTPTypes
import Hummingbird
import JobCore

extension JobRoutes {
    /// `GET /jobs/{id}`: one job, wherever it is in its life; 304 for who has it as it is.
    func show(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        var reader = QueryReader(request.uri, known: ["fields"])
        let fields = JobFields(&reader)
        try reader.errors.check()
        let found = try await job(context)
        var job = JobJSON(found)
        if found.state == .queued { job.isUnhandled = try await !stores.jobs.isHandled(found) }
        var writer = JSONWriter(reservingCapacity: job.sizeHint)
        job.write(to: &writer, fields)
        // Weak, as the same job may go out compressed or not.
        let tag = EntityTag(text: SHA256.hash(data: writer.bytes).prefix(16).hexadecimal, isWeak: true)
        let answer = Response(.ok, headers: [.eTag: tag.description, .cacheControl: "private, no-cache"], json: writer)
        return try request.isUnchanged(tag) ? answer.notModified : answer
    }
}

extension Sequence<UInt8> {
    fileprivate var hexadecimal: String {
        reduce(into: "") { text, byte in
            text += byte < 0x10 ? "0" : ""
            text += String(byte, radix: 16)
        }
    }
}
