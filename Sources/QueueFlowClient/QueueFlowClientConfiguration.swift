import Concurrency
import Foundation
public import QueueFlowJobs

/// How long a client waits and how often it tries.
public struct QueueFlowClientConfiguration: Sendable {
    /// How long a connection may take to be made.
    public var connectTimeout: Duration
    /// How long an answer may take. One that is waited for has the time to wait on top.
    public var requestTimeout: Duration
    /// How often a call is tried, the first time included, when it fails in passing: no connection, 429, 502, 503 or 504.
    public var maxAttempts: Int
    /// What the pause before the second attempt is drawn from, evenly between nothing and this; each further one from twice as much.
    public var firstPause: Duration
    /// The longest pause, and the longest that a `Retry-After` is waited for; an installation that asks for more has the call fail.
    public var longestPause: Duration
    /// The most connections to the installation: each request that waits for a job holds one.
    public var maxConnections: Int
    /// What payloads go through before they are submitted, and results before they are read, such as to encrypt them; nil leaves them as they
    /// are. Workers are given the same one.
    public var codec: (any PayloadCodec)?

    /// A configuration of one's own.
    public init(
        connectTimeout: Duration = .seconds(5),
        requestTimeout: Duration = .seconds(30),
        maxAttempts: Int = 6,
        firstPause: Duration = .milliseconds(200),
        longestPause: Duration = .seconds(30),
        maxConnections: Int = 256,
        codec: (any PayloadCodec)? = nil
    ) {
        self.connectTimeout = connectTimeout
        self.requestTimeout = requestTimeout
        self.maxAttempts = maxAttempts
        self.firstPause = firstPause
        self.longestPause = longestPause
        self.maxConnections = maxConnections
        self.codec = codec
    }

    /// How long to pause after an attempt that failed, counted from 1.
    func pause(afterAttempt attempt: Int) -> Duration {
        Backoff(first: firstPause, longest: longestPause, jitter: 0...1).delay(afterFailures: attempt)
    }
}

/// By what a client proves who it is. Prints no secret.
public struct QueueFlowCredential: Sendable, CustomStringConvertible {
    enum Kind: Sendable {
        case apiKey(String)
        case password(username: String, password: String)
    }

    let kind: Kind

    /// An API key, as an administrator makes one.
    public static func apiKey(_ key: String) -> QueueFlowCredential {
        QueueFlowCredential(kind: .apiKey(key))
    }

    /// The name and password of an account. The client signs in when it is first used, and keeps its session going.
    public static func password(username: String, password: String) -> QueueFlowCredential {
        QueueFlowCredential(kind: .password(username: username, password: password))
    }

    /// Says of which kind it is.
    public var description: String {
        switch kind {
        case .apiKey: "an API key"
        case .password(let username, _): "the password of '\(username)'"
        }
    }
}

/// What the environment says about the installation.
struct EnvironmentSettings {
    let url: String
    let credential: QueueFlowCredential

    /// Reads variables. An empty one counts as not set.
    ///
    /// - Throws: ``QueueFlowError`` that names the one that is missing.
    init(_ environment: [String: String]?) throws(QueueFlowError) {
        let environment = environment ?? ProcessInfo.processInfo.environment
        func value(_ name: String) -> String? {
            environment[name].flatMap { $0.isEmpty ? nil : $0 }
        }
        guard let url = value("QUEUEFLOW_URL") else {
            throw .configuration(
                "QUEUEFLOW_URL is not set; it says where the REST API is, such as http://localhost:8000"
            )
        }
        self.url = url
        if let key = value("QUEUEFLOW_API_KEY") {
            credential = .apiKey(key)
        } else if let username = value("QUEUEFLOW_USERNAME"), let password = value("QUEUEFLOW_PASSWORD") {
            credential = .password(username: username, password: password)
        } else {
            throw .configuration(
                "there is nothing to sign in with; set QUEUEFLOW_API_KEY, or QUEUEFLOW_USERNAME and QUEUEFLOW_PASSWORD"
            )
        }
    }
}
