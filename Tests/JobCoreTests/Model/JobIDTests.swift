import Foundation
import JobCore
import TestSupport
import Testing

@Suite struct JobIDTests {
    @Test func followsTheLayoutOfVersion7() {
        var generator = SeededGenerator(seed: 1)
        // The example of RFC 9562, appendix A.6: 2022-02-22 19:22:22 UTC is 0x017F22E279B0.
        let id = JobID(at: Date(timeIntervalSince1970: 1_645_557_742), using: &generator)
        let text = id.description
        #expect(text.hasPrefix("017f22e2-79b0-7000-"))
        #expect("89ab".contains(text.split(separator: "-")[3].first!))
    }

    @Test func sortsByTime() {
        var generator = SeededGenerator(seed: 2)
        let start = Date(timeIntervalSince1970: 1_800_000_000)
        let ids = (0..<1_000).map {
            JobID(at: start.addingTimeInterval(Double($0) / 1_000), using: &generator).description
        }
        #expect(ids == ids.sorted())
    }

    @Test func readsWhatItWrites() {
        let id = JobID.make()
        #expect(JobID(id.description) == id)
        #expect(JobID("not an id") == nil)
    }
}
