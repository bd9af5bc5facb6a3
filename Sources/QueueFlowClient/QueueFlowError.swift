import AsyncHTTPClient
public import Foundation
import HTTPFailures
import NIOCore
import NIOHTTP1
import NIOPosix

/// Why a call was not done.
public struct QueueFlowError: Error, Sendable, CustomStringConvertible, LocalizedError {
    /// What kind of failure it is. There may be more of them one day.
    public struct Kind: Hashable, Sendable, CustomStringConvertible {
        /// Its name.
        public let description: String

        /// The client was set up wrongly.
        public static let configuration = Kind(description: "configuration")
        /// No connection could be made, or it broke.
        public static let unreachable = Kind(description: "unreachable")
        /// No answer came in time.
        public static let timedOut = Kind(description: "timed-out")
        /// The credential is worth nothing (401).
        public static let notAuthenticated = Kind(description: "not-authenticated")
        /// The credential is good, but not for this (403).
        public static let forbidden = Kind(description: "forbidden")
        /// There is no such job, or it is another tenant's (404), or it is gone (410).
        public static let notFound = Kind(description: "not-found")
        /// The job's state does not allow this (409).
        public static let conflict = Kind(description: "conflict")
        /// Something about the request is not as it has to be (other 4xx); ``QueueFlowError/fieldErrors`` says what.
        public static let invalidRequest = Kind(description: "invalid-request")
        /// More was asked than a limit admits (429).
        public static let tooManyRequests = Kind(description: "too-many-requests")
        /// The installation cannot do it now (502, 503, 504).
        public static let unavailable = Kind(description: "unavailable")
        /// Something went wrong there (other 5xx).
        public static let serverFailure = Kind(description: "server-failure")
        /// The answer is none of QueueFlow's.
        public static let unexpectedAnswer = Kind(description: "unexpected-answer")
        /// The client was shut down.
        public static let shutDown = Kind(description: "shut-down")
    }

    /// What is wrong with one member of what was sent.
    public struct FieldError: Hashable, Sendable, Decodable {
        /// The member's name, such as `retry.base` or `jobs[17].priority`.
        public let field: String
        /// What is expected instead.
        public let detail: String
    }

    /// What kind of failure it is.
    public let kind: Kind
    /// What was being done, such as "submitting a job of type 'email.send'".
    public internal(set) var action = "calling QueueFlow"
    /// What happened, and what to do about it.
    public let detail: String
    /// The answer's status; nil when there was none.
    public internal(set) var status: Int?
    /// Names the kind of problem for programs, as the API documents it, such as `queue-full`.
    public internal(set) var problem: String?
    /// Leads to the installation's log.
    public internal(set) var requestID: String?
    /// What is wrong with members of what was sent.
    public internal(set) var fieldErrors: [FieldError] = []
    /// How long the installation asks to wait before another try.
    public internal(set) var retryAfter: Duration?
    /// Whether what was asked may have been done all the same, as no answer came that says otherwise.
    public internal(set) var mayHaveBeenDone = false
    /// How often it was tried.
    public internal(set) var attempts = 1

    init(_ kind: Kind, _ detail: String) {
        self.kind = kind
        self.detail = detail
    }

    /// Says what could not be done, why, and where to look.
    public var description: String {
        var text = "\(action) failed: \(detail)"
        for error in fieldErrors { text += " '\(error.field)' \(error.detail)." }
        if mayHaveBeenDone { text += " It may have been done all the same." }
        var notes: [String] = []
        if let status { notes.append("status \(status)") }
        if let problem { notes.append(problem) }
        if let requestID { notes.append("request \(requestID)") }
        if attempts > 1 { notes.append("\(attempts) attempts") }
        return notes.isEmpty ? text : text + " (\(notes.joined(separator: ", ")))"
    }

    /// The same as ``description``.
    public var errorDescription: String? { description }
}

extension QueueFlowError {
    static func configuration(_ detail: String) -> QueueFlowError {
        var error = QueueFlowError(.configuration, detail)
        error.action = "setting up the client"
        return error
    }

    /// What an answer that is no success says. Problem documents (RFC 9457) are read; of anything else the status counts.
    init(answer: Answer) {
        let document = try? JSONDecoder().decode(ProblemDocument.self, from: answer.body)
        self.init(
            Self.kind(of: answer.status),
            document?.detail ?? document?.title ?? "the answer has status \(answer.status) and no problem document"
        )
        status = answer.status
        problem = document?.type?.split(whereSeparator: { $0 == "/" || $0 == ":" }).last.map(String.init)
        requestID = document?.requestID ?? answer.headers.first(name: "X-Request-Id")
        fieldErrors = document?.errors ?? []
        retryAfter = answer.headers.first(name: "Retry-After").flatMap { Int($0) }.map { .seconds(max(0, $0)) }
        mayHaveBeenDone = answer.status >= 500 && !Self.undone.contains(problem ?? "")
    }

    /// The problems, of those with a status from 500 on, of which it is known that nothing was done.
    private static let undone: Set<String> = ["overloaded", "queue-full", "maintenance", "too-many-waiters"]

    private static func kind(of status: Int) -> Kind {
        switch status {
        case 401: .notAuthenticated
        case 403: .forbidden
        case 404, 410: .notFound
        case 409: .conflict
        case 429: .tooManyRequests
        case 400..<500: .invalidRequest
        case 502, 503, 504: .unavailable
        case 500..<600: .serverFailure
        default: .unexpectedAnswer
        }
    }

    /// What kept an answer from coming.
    init(transport error: any Error, url: String) {
        switch error {
        case let error as HTTPClientError where error == .alreadyShutdown:
            self.init(.shutDown, "the client was shut down")
        case let error as HTTPClientError where Self.unconnected.contains(error):
            self.init(.unreachable, "no connection to \(url) could be made in time")
        case is NIOConnectionError:
            self.init(.unreachable, "there is no connection to \(url): \(HTTPFailure(error))")
        case let error as IOError where Self.isUnconnected(error):
            self.init(.unreachable, "there is no connection to \(url): \(HTTPFailure(error))")
        case let error as HTTPClientError where Self.late.contains(error):
            self.init(.timedOut, "no answer came in time from \(url)")
            mayHaveBeenDone = true
        default:
            self.init(.unreachable, "the connection to \(url) broke: \(HTTPFailure(error))")
            mayHaveBeenDone = true
        }
    }

    private static let unconnected: [HTTPClientError] = [
        .connectTimeout, .getConnectionFromPoolTimeout, .tlsHandshakeTimeout,
    ]
    /// What a connection to an address fails with, before anything can be sent.
    private static func isUnconnected(_ error: IOError) -> Bool {
        [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH].contains(error.errnoCode)
    }
    private static let late: [HTTPClientError] = [.deadlineExceeded, .readTimeout, .writeTimeout]

    /// Whether the same call may succeed soon.
    var isPassing: Bool {
        [.unreachable, .timedOut, .tooManyRequests, .unavailable].contains(kind)
    }
}

private struct ProblemDocument: Decodable {
    var type: String?
    var title: String?
    var detail: String?
    var errors: [QueueFlowError.FieldError]?
    var requestID: String?

    private enum CodingKeys: String, CodingKey {
        case type, title, detail, errors, requestID = "request_id"
    }
}
