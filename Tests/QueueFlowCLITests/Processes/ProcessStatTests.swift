import Foundation
import Testing

@testable import QueueFlowCLI

@Suite struct ProcessStatTests {
    @Test func aNameMayHoldSpacesAndParentheses() throws {
        let text = "77 (a) S (b)) S 1 77 55 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 1 2 3\n"
        let stat = try #require(ProcessStat(text))
        #expect(stat.pid == 77)
        #expect(stat.state == "S")
        #expect(stat.session == 55)
        #expect(stat.startTicks == 987654)
        #expect(!stat.hasEnded)
    }

    @Test(arguments: ["", "77", "77 (x) S 1", "x (x) S 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1"])
    func whatIsNotOfItsFormIsNothing(_ text: String) {
        #expect(ProcessStat(text) == nil)
    }

    @Test func thisProcessIsFound() throws {
        let stat = try #require(ProcessStat(pid: getpid()))
        #expect(stat.pid == getpid())
        #expect(stat.session == getsid(0))
    }

    @Test func anUnusedIdIsNobody() {
        #expect(ProcessStat(pid: Int32.max) == nil)
        #expect(ProcessIdentity(pid: Int32.max) == nil)
    }
}
