/// What nobody means to send, and what each port answers: nearly always a problem document.
package struct OddRequest: Sendable {
    /// What is odd about it.
    package let name: String
    /// What is sent.
    package let bytes: [UInt8]
    /// The status with which the gateway refuses it; nil when it passes it on.
    package let gateway: Int?
    /// The status with which the job-service refuses it.
    package let service: Int
    /// The last part of the problem's type, which both name alike.
    package let problem: String?

    private init(_ name: String, _ text: String, gateway: Int?, service: Int, problem: String? = nil) {
        self.init(name, Array(text.utf8), gateway: gateway, service: service, problem: problem)
    }

    private init(_ name: String, _ bytes: [UInt8], gateway: Int?, service: Int, problem: String? = nil) {
        (self.name, self.bytes, self.gateway, self.service, self.problem) = (name, bytes, gateway, service, problem)
    }

    private static let end = " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    private static let headers = "Host: a\r\nConnection: close\r\n"
    private static let malformed = "malformed-request"

    /// All of them.
    package static let all: [OddRequest] = [
        // Targets.
        OddRequest("no hexadecimal digits", "GET /jobs/%zz\(end)", gateway: 400, service: 400, problem: malformed),
        OddRequest("half an escape", "GET /jobs/%4\(end)", gateway: 400, service: 400, problem: malformed),
        OddRequest("a byte 0", "GET /jobs/%00\(end)", gateway: 400, service: 400, problem: malformed),
        OddRequest("out of the root", "GET /../../etc/passwd\(end)", gateway: 400, service: 404),
        OddRequest("all there is", "OPTIONS *\(end)", gateway: 400, service: 204),
        OddRequest("a host alone", "GET http://a\(end)", gateway: nil, service: 200),
        OddRequest("a host with a port alone", "GET http://a:1\(end)", gateway: nil, service: 200),
        OddRequest(
            "a long target",
            "GET /\(String(repeating: "a", count: 20_000))\(end)",
            gateway: 414,
            service: 414,
            problem: "uri-too-long"
        ),
        OddRequest(
            "a very long target",
            "GET /\(String(repeating: "a", count: 60_000))\(end)",
            gateway: 414,
            service: 431
        ),
        // Methods.
        OddRequest("a method that is none", "FOO /healthz\(end)", gateway: 405, service: 400),
        OddRequest(
            "a foreign method",
            "PROPFIND /healthz\(end)",
            gateway: 405,
            service: 405,
            problem: "method-not-allowed"
        ),
        OddRequest("an echo", "TRACE /healthz\(end)", gateway: 405, service: 405, problem: "method-not-allowed"),
        OddRequest("a tunnel", "CONNECT a:443\(end)", gateway: 400, service: 404),
        OddRequest("a small method", "get /healthz\(end)", gateway: 400, service: 400, problem: malformed),
        // Headers.
        OddRequest(
            "a large header",
            "GET /healthz HTTP/1.1\r\nX: \(String(repeating: "a", count: 70_000))\r\n\(headers)\r\n",
            gateway: 431,
            service: 431,
            problem: "headers-too-large"
        ),
        OddRequest(
            "many headers",
            "GET /healthz HTTP/1.1\r\n\((0..<150).map { "X\($0): y\r\n" }.joined())\(headers)\r\n",
            gateway: nil,
            service: 431,
            problem: "headers-too-large"
        ),
        OddRequest(
            "a header's name in two words",
            "GET /healthz HTTP/1.1\r\nX Y: z\r\n\(headers)\r\n",
            gateway: 400,
            service: 400,
            problem: malformed
        ),
        OddRequest(
            "a byte 0 in a header",
            "GET /healthz HTTP/1.1\r\nX: y\0z\r\n\(headers)\r\n",
            gateway: 400,
            service: 400,
            problem: malformed
        ),
        OddRequest(
            "a folded header",
            "GET /jobs HTTP/1.1\r\nX: y\r\n z\r\n\(headers)\r\n",
            gateway: 400,
            service: 400,
            problem: malformed
        ),
        OddRequest(
            "two hosts",
            "GET /healthz HTTP/1.1\r\nHost: b\r\n\(headers)\r\n",
            gateway: 400,
            service: 400,
            problem: malformed
        ),
        OddRequest(
            "a host that is none",
            "GET /healthz HTTP/1.1\r\nHost: a b/..\r\nConnection: close\r\n\r\n",
            gateway: 400,
            service: 400,
            problem: malformed
        ),
        // Bodies.
        OddRequest(
            "a length that is none",
            "POST /login HTTP/1.1\r\nContent-Length: 1x\r\n\(headers)\r\n",
            gateway: 400,
            service: 400,
            problem: malformed
        ),
        OddRequest(
            "two lengths",
            "POST /login HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\(headers)\r\nabcd",
            gateway: 400,
            service: 400,
            problem: malformed
        ),
        OddRequest(
            "a length and chunks",
            "POST /login HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\(headers)\r\n0\r\n\r\n",
            gateway: 400,
            service: 400,
            problem: malformed
        ),
        OddRequest(
            "an unknown coding",
            "POST /login HTTP/1.1\r\nTransfer-Encoding: foo\r\n\(headers)\r\n",
            gateway: 501,
            service: 400
        ),
        OddRequest(
            "a chunk that is none",
            "POST /login HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\(headers)\r\nzz\r\n",
            gateway: 400,
            service: 400,
            problem: malformed
        ),
        OddRequest(
            "a body without bounds",
            "POST /login HTTP/1.1\r\nContent-Length: 99999999999\r\nContent-Type: application/json\r\n\(headers)\r\n",
            gateway: 413,
            service: 413,
            problem: "content-too-large"
        ),
        // Other protocols.
        OddRequest(
            "TLS",
            [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03] + [UInt8](repeating: 7, count: 200),
            gateway: 400,
            service: 400,
            problem: malformed
        ),
        OddRequest(
            "another version",
            "GET /healthz HTTP/2.0\r\n\(headers)\r\n",
            gateway: 505,
            service: 505,
            problem: "http-version-not-supported"
        ),
        OddRequest("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", gateway: 400, service: 400),
        OddRequest(
            "noise",
            [0x00, 0xFF, 0xFE, 0x0D, 0x0A, 0x0D, 0x0A],
            gateway: 400,
            service: 400,
            problem: malformed
        ),
        OddRequest("text", "HELLO\r\n\r\n", gateway: 400, service: 400, problem: malformed),
    ]
}
