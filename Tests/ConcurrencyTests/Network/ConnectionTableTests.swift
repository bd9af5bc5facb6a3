import Concurrency
import TestSupport
import Testing

struct ConnectionTableTests {
    /// Random events against a list that is searched.
    @Test(arguments: [1, 2, 3]) func theLongestQuietMakesRoom(_ seed: UInt64) {
        struct Known {
            var number: UInt64
            var name: Int
            var address: String?
            var quietSince: Int?
        }
        let (most, mostPerAddress) = (8, 3)
        var table = ConnectionTable<Int>(most: most, mostPerAddress: mostPerAddress)
        var model: [Known] = []
        var generator = SeededGenerator(seed: seed)
        for step in 0..<20_000 {
            let some = model.randomElement(using: &generator)
            switch Int.random(in: 0..<6, using: &generator) {
            case 0, 1:
                let address = [nil, "a", "b", "c", "d"].randomElement(using: &generator) ?? nil
                let ofAddress = model.filter { address != nil && $0.address == address }
                let candidates = ofAddress.count >= mostPerAddress ? ofAddress : model.count >= most ? model : nil
                let closing = candidates?.filter { $0.quietSince != nil }
                    .min { ($0.quietSince ?? 0) < ($1.quietSince ?? 0) }
                switch table.admit(step, from: address) {
                case .refused: #expect(candidates != nil && closing == nil)
                case .admitted(let number, let closed):
                    #expect(closed == closing?.name && (candidates == nil || closing != nil))
                    model.removeAll { $0.number == closing?.number }
                    model.append(Known(number: number, name: step, address: address, quietSince: step))
                }
            case 2:
                guard let some else { continue }
                table.noteBusy(some.number)
                for index in model.indices where model[index].number == some.number { model[index].quietSince = nil }
            case 3:
                guard let some else { continue }
                table.noteQuiet(some.number)
                for index in model.indices where model[index].number == some.number { model[index].quietSince = step }
            case 4:
                guard let some else { continue }
                table.remove(some.number)
                model.removeAll { $0.number == some.number }
                // One that is forgotten is not known by its number any more.
                table.noteQuiet(some.number)
                table.remove(some.number)
            default:
                guard step.isMultiple(of: 50) else { continue }
                let quietest = model.filter { $0.quietSince != nil }
                    .min { ($0.quietSince ?? 0) < ($1.quietSince ?? 0) }
                #expect(table.closeQuietest() == quietest?.name)
                model.removeAll { $0.number == quietest?.number }
            }
            #expect(table.count == model.count)
            #expect(Set(table.connections) == Set(model.map(\.name)))
        }
    }

    /// However many say nothing, one that speaks at once is let in and stays.
    @Test func silenceKeepsNobodyOut() {
        var table = ConnectionTable<Int>(most: 100, mostPerAddress: 100)
        for number in 0..<5_000 { _ = table.admit(number, from: "\(number % 500)") }
        guard case .admitted(let number, let closed) = table.admit(-1, from: "client") else {
            Issue.record("refused")
            return
        }
        #expect(closed == 4_900)
        table.noteBusy(number)
        for number in 5_000..<10_000 { _ = table.admit(number, from: "\(number % 500)") }
        #expect(table.connections.contains(-1) && table.count == 100)
    }
}
