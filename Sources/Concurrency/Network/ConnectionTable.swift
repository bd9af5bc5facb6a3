/// Which of its connections a server keeps when more come than it takes. Pure, in constant time.
///
/// A connection is *quiet* while its server waits for what its client has to send, from the first moment on, and *busy* while the server owes
/// an answer. When there are as many as may be, in all or of one address, the one that has been quiet the longest makes room for the
/// new one; that one is refused only when all are busy. So who holds connections and says nothing keeps nobody out.
package struct ConnectionTable<Connection: Sendable>: Sendable {
    /// What a connection is called.
    package typealias Number = UInt64

    /// What is to be done with a new connection.
    package enum Admission: Sendable {
        /// It may stay, if another one goes, which is forgotten already.
        case admitted(Number, closing: Connection?)
        /// It may not.
        case refused
    }

    private struct Entry: Sendable {
        var connection: Connection
        var address: String?
    }

    private struct Address: Sendable {
        var count = 0
        var quiet = LRUCache<Number, Void>(capacity: .max)
    }

    private let (most, mostPerAddress): (Int, Int)
    private var open: [Number: Entry] = [:]
    private var quiet = LRUCache<Number, Void>(capacity: .max)
    private var addresses: [String: Address] = [:]
    private var last: Number = 0

    /// A table without connections.
    ///
    /// - Parameters:
    ///   - most: The most connections in all.
    ///   - mostPerAddress: The most of one address.
    package init(most: Int, mostPerAddress: Int) {
        (self.most, self.mostPerAddress) = (most, mostPerAddress)
    }

    /// How many connections there are.
    package var count: Int { open.count }

    /// All connections.
    package var connections: [Connection] { open.values.map(\.connection) }

    /// Takes a new connection in, which is quiet.
    ///
    /// - Parameter address: From where it comes; nil for one that counts in all only, such as a proxy.
    package mutating func admit(_ connection: Connection, from address: String?) -> Admission {
        var closing: Number?
        if let address, let known = addresses[address], known.count >= mostPerAddress {
            closing = known.quiet.oldest
            guard closing != nil else { return .refused }
        } else if open.count >= most {
            closing = quiet.oldest
            guard closing != nil else { return .refused }
        }
        let closed = closing.flatMap { open[$0]?.connection }
        if let closing { remove(closing) }
        last += 1
        open[last] = Entry(connection: connection, address: address)
        if let address { addresses[address, default: Address()].count += 1 }
        noteQuiet(last)
        return .admitted(last, closing: closed)
    }

    /// The connection that has been quiet the longest is to go, whatever room there is: the process has reached another limit.
    package mutating func closeQuietest() -> Connection? {
        guard let number = quiet.oldest, let connection = open[number]?.connection else { return nil }
        remove(number)
        return connection
    }

    /// The server waits for the connection's client.
    package mutating func noteQuiet(_ number: Number) {
        guard let entry = open[number] else { return }
        quiet.set((), for: number)
        if let address = entry.address { addresses[address]?.quiet.set((), for: number) }
    }

    /// The server owes the connection's client an answer.
    package mutating func noteBusy(_ number: Number) {
        guard let entry = open[number] else { return }
        quiet.remove(number)
        if let address = entry.address { addresses[address]?.quiet.remove(number) }
    }

    /// A connection has ended. May be told of one that is forgotten.
    package mutating func remove(_ number: Number) {
        guard let entry = open.removeValue(forKey: number) else { return }
        quiet.remove(number)
        guard let address = entry.address, var known = addresses[address] else { return }
        addresses[address] = nil
        known.count -= 1
        known.quiet.remove(number)
        if known.count > 0 { addresses[address] = known }
    }
}
