import GRPC
import Testing

@Suite struct GRPCAddressTests {
    @Test(arguments: [
        ("localhost:80", "localhost", 80), ("10.0.0.1:65535", "10.0.0.1", 65535), ("[::1]:50051", "::1", 50051),
    ])
    func reads(text: String, host: String, port: Int) {
        #expect(GRPCAddress(text) == GRPCAddress(host: host, port: port))
        #expect(GRPCAddress(text)?.description == text)
    }

    @Test(arguments: ["", "localhost", ":80", "localhost:", "localhost:0", "localhost:65536", "::1:80", "localhost:x"])
    func refuses(text: String) {
        #expect(GRPCAddress(text) == nil)
    }
}
