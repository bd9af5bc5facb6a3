import Testing

@testable import GRPC

@Suite struct MetadataTests {
    @Test func keepsSeveralValuesInOrderAndIgnoresCase() {
        var metadata: Metadata = ["Key": "one", "other": "x"]
        metadata.addString("two", forKey: "KEY")
        #expect(metadata[strings: "key"] == ["one", "two"])
        #expect(metadata["kEy"] == "one")
        metadata["key"] = "three"
        #expect(metadata[strings: "key"] == ["three"])
        metadata["key"] = nil
        #expect(metadata.map(\.key) == ["other"])
    }

    @Test func readsJoinedAndPaddedBinaryValues() {
        var metadata = Metadata()
        let isReadable = add("AAE, /w==,", to: &metadata)
        #expect(isReadable)
        #expect(metadata[binaries: "x-bin"] == [[0, 1], [255], []])
    }

    @Test func refusesBrokenBase64() {
        var metadata = Metadata()
        let isReadable = add("A", to: &metadata)
        #expect(!isReadable)
        #expect(metadata.isEmpty)
    }

    @Test(arguments: [
        ("te", "x"), ("grpc-status", "0"), ("content-type", "x"), ("spa ce", "x"), ("", "x"), ("key", "caf\u{e9}"),
        ("key", "line\nbreak"), ("key-bin", "text"), (":path", "/"),
    ])
    func namesWhatCannotTravel(key: String, value: String) {
        var metadata = Metadata()
        metadata.addString(value, forKey: key)
        #expect(metadata.invalidEntry() != nil)
    }

    @Test func acceptsWhatCanTravel() {
        var metadata: Metadata = ["a-z_0.9": "~ !", "b-bin": [0, 255]]
        metadata.addString("", forKey: "empty")
        #expect(metadata.invalidEntry() == nil)
        #expect(metadata.headerFields.map(\.value) == ["~ !", "AP8", ""])
    }

    @Test func descriptionHidesValues() {
        #expect(!"\(["authorization": "Bearer secret"] as Metadata)".contains("secret"))
    }

    private func add(_ value: String, to metadata: inout Metadata) -> Bool {
        Array(value.utf8).withUnsafeBytes { metadata.addReceived(name: "x-bin", value: $0) }
    }
}
