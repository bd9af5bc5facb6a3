import Foundation
import Testing

@testable import QueueFlowCLI

@Suite struct OutputTests {
    @Test func aTableIsCutToTheTerminalWhereItIsWidest() {
        let table = Table(
            headings: [.init(title: "ID"), .init(title: "N", alignsRight: true), .init(title: "ERROR")],
            rows: [["a1", "7", String(repeating: "x", count: 50)], ["日本", "12", "short"]]
        )
        let lines = table.lines(width: 30, hasColours: false)
        #expect(lines == ["ID     N  ERROR", "a1     7  xxxxxxxxxxxxxxxxxxx…", "日本  12  short"])
        #expect(lines.allSatisfy { $0.columns <= 30 })
        #expect(table.lines(width: nil, hasColours: false)[1].hasSuffix(String(repeating: "x", count: 50)))
    }

    @Test func onlyStatesHaveColours() {
        let table = Table(headings: [.init(title: "S", isState: true), .init(title: "T")], rows: [["dead", "dead"]])
        #expect(table.lines(width: nil, hasColours: true)[1] == "\u{1B}[31mdead\u{1B}[0m  dead")
    }

    @Test func whatCommandsATerminalIsShownAsText() {
        #expect("a\u{1B}]0;x\u{7}\u{202E}b\nc\u{9B}".printable == #"a\u{1b}]0;x\u{7}\u{202e}b\nc\u{9b}"#)
        #expect("plain ünï 🙂".printable == "plain ünï 🙂")
    }

    @Test(arguments: [
        (0.0, "0s"), (0.0421, "42ms"), (1.25, "1.3s"), (42.4, "42s"), (725, "12m 5s"), (273_600, "3d 4h"),
    ])
    func spans(_ seconds: Double, _ text: String) {
        #expect(TimeText.span(seconds) == text)
    }

    @Test func timesInThreeStyles() throws {
        let now = CommandRun.now
        let zone = try #require(TimeZone(secondsFromGMT: -9000))
        func text(_ style: TimeText.Style, _ time: String) -> String {
            TimeText(style: style, now: now, timeZone: zone).text(time)
        }
        #expect(text(.utc, "2026-11-26T13:00:00.5+01:00") == "2026-11-26T12:00:00Z")
        #expect(text(.local, "2026-11-26T12:00:00Z") == "2026-11-26T09:30:00-02:30")
        #expect(text(.relative, "2026-11-26T11:59:15Z") == "45s ago")
        #expect(text(.relative, "2026-11-26T14:00:00Z") == "in 2h 0m")
        #expect(text(.utc, "no time") == "no time")
    }

    @Test(arguments: [
        (["NO_COLOR": "1"], true, false), (["NO_COLOR": ""], true, true), (["CLICOLOR_FORCE": "1"], false, true),
        (["CLICOLOR_FORCE": "0"], false, false), (["TERM": "dumb"], true, false), ([:], true, true),
        ([:], false, false),
        (["NO_COLOR": "1", "CLICOLOR_FORCE": "1"], true, false),
    ])
    func coloursAreForTerminals(_ environment: [String: String], _ isTerminal: Bool, _ expected: Bool) {
        #expect(Terminal.allowsColours(environment, isTerminal: isTerminal) == expected)
    }

    @Test func eventsAreReadHoweverTheyArriveInPieces() {
        let stream =
            ": hello\r\nevent: job\r\ndata: {\"a\":1}\r\n\r\nevent:log\ndata: x\ndata:  y\nid: 3\n\n\ndata: z\r\rdata: never"
        let expected = [
            ServerSentEvents.Event(name: "job", data: "{\"a\":1}"), .init(name: "log", data: "x\n y"),
            .init(name: "message", data: "z"),
        ]
        for size in 1...stream.utf8.count {
            var events = ServerSentEvents()
            var found: [ServerSentEvents.Event] = []
            var rest = Array(stream.utf8)[...]
            while !rest.isEmpty {
                found += events.read(rest.prefix(size))
                rest = rest.dropFirst(size)
            }
            #expect(found == expected, "in pieces of \(size)")
        }
    }

    @Test func progress() {
        #expect(ProgressLine.text("done", 5, 20) == "██████░░░░░░░░░░░░░░░░░░ 25%  5 of 20 done")
        #expect(ProgressLine.text("done", 5, nil) == "5 done")
    }
}
