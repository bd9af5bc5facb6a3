import Formats
import Hummingbird
import JobStore

extension Response {
    /// An answer whose body is at hand.
    init(_ status: HTTPResponse.Status, contentType: String, headers: HTTPFields = [:], body: [UInt8]) {
        self.init(status, contentType: contentType, headers: headers, shared: ByteBuffer(bytes: body))
    }

    /// An answer whose body is the same for all: it is not copied for each.
    init(_ status: HTTPResponse.Status, contentType: String, headers: HTTPFields = [:], shared body: ByteBuffer) {
        var headers = headers
        headers[.contentType] = contentType
        self.init(status: status, headers: headers, body: ResponseBody(byteBuffer: body))
    }

    /// An answer in JSON.
    init(_ status: HTTPResponse.Status, headers: HTTPFields = [:], json: JSONWriter) {
        self.init(status, contentType: "application/json", headers: headers, body: json.bytes)
    }

    /// A page of things, and where the next page begins.
    ///
    /// - Parameters:
    ///   - name: What they are called.
    ///   - found: The things, one more than the page has when there is another page.
    ///   - cursor: What names the last of a page.
    ///   - sizeHint: About how many bytes one takes.
    ///   - write: Writes one.
    ///   - writeRest: Writes what the answer says besides.
    static func page<Element>(
        _ name: String,
        _ found: [Element],
        limit: Int,
        cursor: (Element) -> String,
        sizeHint: (Element) -> Int = { _ in 256 },
        write: (Element, inout JSONWriter) -> Void,
        writeRest: (inout JSONWriter) -> Void = { _ in }
    ) -> Response {
        let page = found.prefix(limit)
        let next = found.count > limit ? page.last.map(cursor) : nil
        return .page(name, page, next: next, sizeHint: sizeHint, write: write, writeRest: writeRest)
    }

    /// A page of what a walk found, where the next page begins, and whether it is complete.
    static func page<Element>(
        _ name: String,
        _ page: WalkedPage<Element>,
        cursor: (Element) -> String,
        sizeHint: (Element) -> Int = { _ in 256 },
        write: (Element, inout JSONWriter) -> Void
    ) -> Response {
        .page(name, page.elements, next: page.last.map(cursor), sizeHint: sizeHint, write: write) {
            $0.member("is_complete", page.isComplete)
        }
    }

    /// A page of things, and where the next page begins; nil when there is none.
    static func page<Element>(
        _ name: String,
        _ page: some Collection<Element>,
        next: String?,
        sizeHint: (Element) -> Int,
        write: (Element, inout JSONWriter) -> Void,
        writeRest: (inout JSONWriter) -> Void = { _ in }
    ) -> Response {
        .list(name, page, sizeHint: sizeHint, write: write) {
            $0.member("next_cursor", orNull: next)
            writeRest(&$0)
        }
    }

    /// All of some things.
    ///
    /// - Parameter writeRest: Writes what the answer says besides.
    static func list<Element>(
        _ name: String,
        _ elements: some Collection<Element>,
        sizeHint: (Element) -> Int = { _ in 256 },
        write: (Element, inout JSONWriter) -> Void,
        writeRest: (inout JSONWriter) -> Void = { _ in }
    ) -> Response {
        var writer = JSONWriter(reservingCapacity: elements.reduce(64) { $0 + sizeHint($1) })
        writer.object { object in
            object.name(name)
            object.array { array in
                for element in elements { write(element, &array) }
            }
            writeRest(&object)
        }
        return Response(.ok, json: writer)
    }
}
