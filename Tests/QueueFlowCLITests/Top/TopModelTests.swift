import Formats
import Foundation
import TestSupport
import Testing

@testable import QueueFlowCLI

@Suite struct TopModelTests {
    private static func rows(_ names: [String]) throws -> [JSONValueSlice] {
        try names.map {
            try JSONValueSlice(parsing: Array(#"{"name":"\#($0)","tenant":"t","depth":{"queued":5}}"#.utf8))
        }
    }

    private static func queues(_ names: [String]) throws -> TopModel {
        var model = TopModel()
        model.tab = .queues
        model.take(try rows(names), of: .queues)
        return model
    }

    @Test func theSelectedRowStaysSelectedWhereverItMoves() throws {
        var model = try Self.queues(["a", "b", "c"])
        _ = model.press(.down, height: 10)
        #expect(model.selection == 1)
        model.take(try Self.rows(["new", "a", "c", "b"]), of: .queues)
        #expect(model.selection == 3)
        model.take(try Self.rows(["a"]), of: .queues)
        #expect(model.selection == 0)
        model.take([], of: .queues)
        #expect(model.selection == nil)
        _ = model.press(.down, height: 10)
        #expect(model.press(.enter, height: 10).isEmpty)
    }

    @Test func nothingIsDoneWithoutAYes() throws {
        var model = try Self.queues(["a b"])
        #expect(model.press(.character("P"), height: 10).isEmpty)
        for key in [TopKey.character("n"), .enter, .escape, .character(" ")] {
            _ = model.press(.character("P"), height: 10)
            #expect(model.press(key, height: 10).isEmpty, "\(key)")
        }
        _ = model.press(.character("P"), height: 10)
        let actions = model.press(.character("y"), height: 10)
        guard case .call(let call, let done)? = actions.first else {
            Issue.record("no call")
            return
        }
        #expect(call.method == .post && call.target == "/queues/a%20b/pause?tenant=t" && done == "a b paused")
    }

    @Test func typingAFilterPressesNoKeys() throws {
        var model = try Self.queues(["apple", "berry"])
        for key in [TopKey.character("/"), .character("b"), .character("q"), .backspace, .character("E")] {
            #expect(model.press(key, height: 10).isEmpty)
        }
        #expect(model.filter == "bE" && model.shown.count == 1)
        _ = model.press(.enter, height: 10)
        #expect(model.filter == "bE")
        _ = model.press(.escape, height: 10)
        #expect(model.shown.count == 2)
    }

    @Test func keysAreReadHoweverTheyArriveInPieces() {
        let bytes = Array("a\u{1B}[A\u{1B}[6~\u{1B}OBü\r\t\u{1B}[Z\u{3}\u{7F}".utf8)
        let expected: [TopKey] = [
            .character("a"), .up, .pageDown, .down, .character("ü"), .enter, .tab, .backTab, .control("c"), .backspace,
        ]
        var whole = TopKeyReader()
        #expect(whole.read(bytes) == expected)
        // An escape at the end of what came is the key, so that sequences are cut after their second byte at the earliest.
        for cut in 1..<bytes.count where bytes[cut - 1] != 0x1B {
            var reader = TopKeyReader()
            #expect(reader.read(Array(bytes[..<cut])) + reader.read(Array(bytes[cut...])) == expected, "cut at \(cut)")
        }
        var alone = TopKeyReader()
        #expect(alone.read([0x1B]) == [.escape])
    }

    /// Random keys and data on terminals of any size: what is drawn always fits, and nothing is called without a yes.
    @Test func whateverHappensTheScreenFits() throws {
        var generator = SeededGenerator()
        let seed = generator.seed
        let keys: [TopKey] =
            [.up, .down, .left, .right, .home, .end, .pageUp, .pageDown, .enter, .escape, .backspace, .tab, .backTab]
            + "qrshjkgG/? 123456PRCDSny".map { .character($0) }
        for _ in 0..<40 {
            var model = TopModel()
            model.overview = try JSONValueSlice(
                parsing: Array(
                    #"{"jobs":{"queued":123456789},"components":{"postgres":"ok","kafka":"away"},"wait":null}"#.utf8
                )
            )
            for _ in 0..<60 {
                let (width, height) = (
                    Int.random(in: 1...200, using: &generator), Int.random(in: 1...60, using: &generator)
                )
                let names = (0..<Int.random(in: 0...80, using: &generator)).map { "queue-\($0)-日本語-🙂" }
                model.take(try Self.rows(names), of: .queues)
                if let key = keys.randomElement(using: &generator) {
                    _ = model.press(key, height: TopScreen.bodyHeight(height))
                }
                let screen = TopScreen(
                    model: model,
                    address: "http://jobs.example.com",
                    now: CommandRun.now,
                    width: width,
                    height: height,
                    hasColours: false
                )
                let lines = screen.lines()
                #expect(lines.count <= height, "seed \(seed)")
                let widest = lines.map(\.columns).max() ?? 0
                #expect(widest <= width, "seed \(seed): \(widest) of \(width)")
            }
        }
    }

    @Test func figuresAreBrief() {
        #expect(
            [0, 950, 9_999, 12_345, 4_000_000, 25_300_000].map { TopScreen.brief($0) } == [
                "0", "950", "9999", "12.3k", "4000k", "25.3M",
            ]
        )
        #expect(TopScreen.sparkline([nil, 0, 4, 8], width: 10) == " ▁▄█")
        #expect(TopScreen.sparkline([0, 0], width: 1) == "▁")
    }
}
