import Foundation
import Testing

@testable import QueueFlowCLI

@Suite struct FingerprintTests {
    @Test func itIsTheSameInEveryProcess() {
        // FNV-1a of the bytes "a", 0: computed by hand from the definition.
        var hash: UInt64 = 14_695_981_039_346_656_037
        for byte: UInt64 in [97, 0] { hash = (hash ^ byte) &* 1_099_511_628_211 }
        #expect(UInt64(Fingerprint.of(["a"]), radix: 16) == hash)
        #expect(Fingerprint.of(["a"]).count == 16)
    }

    @Test func partsDoNotRunTogether() {
        #expect(Fingerprint.of(["ab", "c"]) != Fingerprint.of(["a", "bc"]))
    }

    @Test func aChangedFileIsNoticed() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "fingerprint-\(UUID().uuidString)")
        defer { unlink(file.path) }
        #expect(Fingerprint.ofFile(file.path) == "absent")
        try Data("1".utf8).write(to: file)
        let first = Fingerprint.ofFile(file.path)
        try Data("22".utf8).write(to: file)
        #expect(Fingerprint.ofFile(file.path) != first)
    }
}
