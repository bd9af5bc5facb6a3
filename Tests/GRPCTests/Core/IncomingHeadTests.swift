import Testing

@testable import GRPC

@Suite struct IncomingHeadTests {
    @Test(arguments: [
        ("application/grpc", IncomingHead.ContentType.grpc), ("application/grpc+proto", .grpc),
        ("application/grpc;charset=utf-8", .grpc), ("application/grpc+proto; x=y", .grpc),
        ("application/grpc+json", .other),
        ("application/grpc-web", .other), ("application/grpcx", .other), ("text/html", .other), ("", .other),
        ("application/grpc+protobuf", .other),
    ])
    func contentTypes(text: String, expected: IncomingHead.ContentType) {
        #expect(head([("content-type", text)]).contentType == expected)
    }

    @Test func readsARequest() {
        let head = head([
            (":method", "POST"), (":path", "/a.B/C"), ("te", "trailers"), ("grpc-timeout", "5S"),
            ("grpc-encoding", "gzip"),
            ("grpc-accept-encoding", "identity, deflate, gzip"), ("user-agent", "x/1"), ("k-bin", "AQ"),
            ("grpc-trace-bin", "Ag=="),
        ])
        #expect(head.isPost && head.path == "/a.B/C" && head.encoding == "gzip" && head.acceptsGzip)
        #expect(head.timeout == .seconds(5))
        #expect(head.metadata["user-agent"] == "x/1")
        #expect(head.metadata[binaries: "k-bin"] == [[1]])
        #expect(head.metadata[binaries: "grpc-trace-bin"] == [[2]])
        #expect(head.malformed == nil)
    }

    @Test(arguments: [("grpc-timeout", "soon"), ("a-bin", "!")])
    func namesWhatIsMalformed(name: String, value: String) {
        #expect(head([(name, value)]).malformed?.contains(name) == true)
    }

    @Test func stopsKeepingPastTheLimit() {
        let head = head((0..<100).map { ("key-\($0)", "value") }, limit: 500)
        #expect(head.size > 500)
        #expect(head.metadata.count < 15)
    }

    @Test func anUnreadableStatusIsUnknown() {
        #expect(head([("grpc-status", "x")]).grpcStatus == 2)
    }

    private func head(_ fields: [(String, String)], limit: Int = 10_000) -> IncomingHead {
        var head = IncomingHead()
        for (name, value) in fields {
            Array(name.utf8).withUnsafeBytes { name in
                Array(value.utf8).withUnsafeBytes { value in head.add(name: name, value: value, limit: limit) }
            }
        }
        return head
    }
}
