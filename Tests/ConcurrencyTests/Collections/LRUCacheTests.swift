import Concurrency
import TestSupport
import Testing

struct LRUCacheTests {
    /// Random operations against a list that is searched.
    @Test(arguments: [1, 2, 7]) func itForgetsWhatWasNotUsedForTheLongestTime(_ capacity: Int) {
        var cache = LRUCache<Int, Int>(capacity: capacity)
        var model: [(key: Int, value: Int)] = []
        var generator = SeededGenerator(seed: UInt64(capacity))
        for step in 0..<5_000 {
            let key = Int.random(in: 0..<12, using: &generator)
            let place = model.firstIndex { $0.key == key }
            switch Int.random(in: 0..<5, using: &generator) {
            case 0, 1:
                var forgotten: Int?
                if let place {
                    forgotten = model.remove(at: place).value
                } else if model.count == capacity {
                    forgotten = model.removeLast().value
                }
                model.insert((key, step), at: 0)
                #expect(cache.set(step, for: key) == forgotten, "step \(step)")
            case 2:
                if let place { model.remove(at: place) }
                cache.remove(key)
            default:
                #expect(cache.peek(key) == place.map { model[$0].value }, "step \(step)")
                let value = cache.value(for: key)
                #expect(value == place.map { model[$0].value }, "step \(step)")
                if let place { model.insert(model.remove(at: place), at: 0) }
            }
            #expect(cache.count == model.count)
        }
    }
}
