/// How a call ended: a code, and a sentence for the person who reads it.
///
/// From the gRPC documentation, "Status codes and their use in gRPC".
public struct GRPCStatus: Hashable, Sendable, CustomStringConvertible {
    /// What happened, in the terms every gRPC implementation shares.
    public var code: Code

    /// Detail for people; empty if there is nothing to add.
    public var message: String

    /// A status of the given code and message.
    public init(code: Code, message: String = "") {
        self.code = code
        self.message = message
    }

    /// The status of a call that succeeded.
    public static let ok = GRPCStatus(code: .ok)

    /// The text for people and logs.
    public var description: String { message.isEmpty ? "\(code)" : "\(code): \(message)" }
}

extension GRPCStatus {
    /// One of gRPC's seventeen status codes.
    public struct Code: RawRepresentable, Hashable, Sendable, CaseIterable, CustomStringConvertible {
        /// The number that travels as `grpc-status`.
        public let rawValue: Int

        /// The code of a number from 0 to 16; `nil` for any other.
        public init?(rawValue: Int) {
            guard Self.names.indices.contains(rawValue) else { return nil }
            self.rawValue = rawValue
        }

        private init(known rawValue: Int) { self.rawValue = rawValue }

        /// The call succeeded.
        public static let ok = Code(known: 0)
        /// The caller gave the call up.
        public static let cancelled = Code(known: 1)
        /// Something failed and no better code fits.
        public static let unknown = Code(known: 2)
        /// The request is wrong whatever state the system is in.
        public static let invalidArgument = Code(known: 3)
        /// The deadline passed before the call ended.
        public static let deadlineExceeded = Code(known: 4)
        /// What was asked for does not exist.
        public static let notFound = Code(known: 5)
        /// What was to be created exists already.
        public static let alreadyExists = Code(known: 6)
        /// The caller is known, and may not do this.
        public static let permissionDenied = Code(known: 7)
        /// A quota, a limit or some storage is used up.
        public static let resourceExhausted = Code(known: 8)
        /// The system is not in the state that the call needs.
        public static let failedPrecondition = Code(known: 9)
        /// The call lost against a concurrent one, and may be tried again from further up.
        public static let aborted = Code(known: 10)
        /// The request goes past a valid range.
        public static let outOfRange = Code(known: 11)
        /// The method does not exist or is not supported here.
        public static let unimplemented = Code(known: 12)
        /// An invariant broke; a defect.
        public static let `internal` = Code(known: 13)
        /// The service cannot be reached just now; trying again may help.
        public static let unavailable = Code(known: 14)
        /// Data was lost or corrupted for good.
        public static let dataLoss = Code(known: 15)
        /// The caller did not prove who it is.
        public static let unauthenticated = Code(known: 16)

        /// All codes, from `ok` to `unauthenticated`.
        public static let allCases: [Code] = names.indices.map { Code(known: $0) }

        /// The name in the specification's spelling, for example `NOT_FOUND`.
        public var description: String { Self.names[rawValue] }

        private static let names = [
            "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
            "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE",
            "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
        ]
    }
}

extension GRPCStatus.Code {
    /// The code for an HTTP reply that carries no `grpc-status`, such as a proxy's error page.
    ///
    /// From the gRPC documentation, "HTTP to gRPC Status Code Mapping".
    public init(httpStatus: Int) {
        switch httpStatus {
        case 400: self = .internal
        case 401: self = .unauthenticated
        case 403: self = .permissionDenied
        case 404: self = .unimplemented
        case 429, 502, 503, 504: self = .unavailable
        default: self = .unknown
        }
    }

    /// The code for a stream that the peer reset, or a connection error of this code.
    ///
    /// From the gRPC-over-HTTP/2 specification, section "Errors".
    init(http2Error: HTTP2ErrorCode) {
        switch http2Error {
        case .refusedStream: self = .unavailable
        case .cancel: self = .cancelled
        case .enhanceYourCalm: self = .resourceExhausted
        case .inadequateSecurity: self = .permissionDenied
        default: self = .internal
        }
    }
}
