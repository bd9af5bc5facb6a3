import Formats
import NIOHTTP1

/// What the API promises of its answers. Anything may listen at an address that was mistyped, and anything may stand before a server: what is not
/// there is told, and never taken for something empty.
extension APIAnswer {
    /// The body, which is JSON.
    func json() throws(CommandFailure) -> JSONValueSlice {
        do {
            return try JSONValueSlice(parsing: body)
        } catch {
            throw surprise(kindOfBody ?? "what is no JSON (\("\(error)".printable))")
        }
    }

    /// The body, which is an object that has a member.
    func object(with member: String) throws(CommandFailure) -> JSONValueSlice {
        let json = try json()
        guard let object = try? json.object, object[member] != nil else {
            throw surprise("JSON without the member '\(member)'")
        }
        return json
    }

    /// The elements of a list that the body has as a member.
    func list(_ member: String) throws(CommandFailure) -> [JSONValueSlice] {
        guard let elements = try object(with: member).at(member)?.array else {
            throw surprise("JSON in which '\(member)' is no list")
        }
        return elements
    }

    /// What there is instead of JSON, where that can be said in a word.
    var kindOfBody: String? {
        if body.allSatisfy({ [0x20, 0x09, 0x0A, 0x0D].contains($0) }) { return "nothing" }
        let isPage = headers.first(name: "Content-Type")?.lowercased().hasPrefix("text/html") ?? false
        return isPage || body.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == UInt8(ascii: "<") ? "a web page" : nil
    }

    /// The failure of an answer that no QueueFlow gives.
    func surprise(_ what: String) -> CommandFailure {
        CommandFailure(
            .failure,
            "\(address) answers \(question) with \(what); is this the address of a QueueFlow, and as new as this program? "
                + "queueflow doctor looks closer"
        )
    }
}
