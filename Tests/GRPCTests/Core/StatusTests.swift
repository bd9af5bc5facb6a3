import Testing

@testable import GRPC

@Suite struct StatusTests {
    @Test(arguments: [
        ("plain text", "plain text"), ("100%", "100%25"), ("a\nb", "a%0Ab"), ("☺", "%E2%98%BA"), ("", ""),
        ("\u{1F608}~ ", "%F0%9F%98%88~ "), ("\u{7f}", "%7F"),
    ])
    func messagesAreEncodedByPercent(plain: String, encoded: String) {
        #expect(StatusMessageCoding.encode(plain) == encoded)
        #expect(decode(encoded) == plain)
    }

    /// The specification: a decoder must not fail, and passes on what it cannot read.
    @Test(arguments: [
        ("%", "%"), ("%4", "%4"), ("%zz", "%zz"), ("%41%4", "A%4"), ("%e2%98%ba", "☺"), ("%C3%28", "\u{FFFD}("),
    ])
    func brokenEncodingIsPassedOn(encoded: String, expected: String) {
        #expect(decode(encoded) == expected)
    }

    /// The table "HTTP to gRPC Status Code Mapping" of gRPC's documentation.
    @Test(arguments: [
        (400, GRPCStatus.Code.internal), (401, .unauthenticated), (403, .permissionDenied), (404, .unimplemented),
        (429, .unavailable), (502, .unavailable), (503, .unavailable), (504, .unavailable), (500, .unknown),
        (302, .unknown),
    ])
    func httpStatusesAreMapped(http: Int, code: GRPCStatus.Code) {
        #expect(GRPCStatus.Code(httpStatus: http) == code)
    }

    @Test func codesHaveTheirNumbersAndNames() {
        #expect(GRPCStatus.Code.allCases.map(\.rawValue) == Array(0...16))
        #expect(GRPCStatus.Code.unauthenticated.description == "UNAUTHENTICATED")
        #expect(GRPCStatus.Code(rawValue: 17) == nil)
        #expect(GRPCStatus.Code(rawValue: -1) == nil)
    }

    @Test func anErrorIsNeverOK() {
        #expect(GRPCError(code: .ok, message: "").code == .unknown)
    }

    private func decode(_ text: String) -> String {
        Array(text.utf8).withUnsafeBytes { StatusMessageCoding.decode($0) }
    }
}
