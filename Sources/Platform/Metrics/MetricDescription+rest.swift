package import Telemetry

/// About the REST API.
extension MetricDescription {
    package static let httpRequests = counter(
        "queueflow_http_requests_total",
        help: "Requests answered by the REST API.",
        labels: ["method", "route", "status"]
    )
    package static let httpRequestDuration = histogram(
        "queueflow_http_request_duration_seconds",
        help: "How long the REST API took to begin an answer.",
        labels: ["route"],
        buckets: .latency
    )
    package static let httpRequestsInFlight = gauge(
        "queueflow_http_requests_in_flight",
        help: "Requests that have no answer yet."
    )
    package static let httpConnections = gauge(
        "queueflow_http_connections",
        help: "Open connections of clients."
    )
    package static let httpConnectionsCut = counter(
        "queueflow_http_connections_cut_total",
        help: "Connections closed before their time: crowded, silent, slow.",
        labels: ["reason"]
    )
    package static let eventStreams = gauge(
        "queueflow_event_streams",
        help: "Clients that listen to events of jobs."
    )
    package static let rateLimited = counter(
        "queueflow_rate_limited_total",
        help: "Requests refused as their sender had made too many: changes, logins.",
        labels: ["budget"]
    )
    package static let rateLimitLocal = counter(
        "queueflow_rate_limit_local_total",
        help: "Requests that were counted by this process alone, as Redis could not be asked.",
        labels: ["budget"]
    )
    package static let logins = counter(
        "queueflow_logins_total",
        help: "Logins: granted, refused, throttled.",
        labels: ["outcome"]
    )

    static let ofREST = [
        httpRequests,
        httpRequestDuration,
        httpRequestsInFlight,
        httpConnections,
        httpConnectionsCut,
        eventStreams,
        rateLimited,
        rateLimitLocal,
        logins,
    ]
}
