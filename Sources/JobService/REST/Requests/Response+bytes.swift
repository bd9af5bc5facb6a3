import Hummingbird
import JobCore

extension Response {
    /// An answer whose body is at hand.
    init(_ status: HTTPResponse.Status, contentType: String, headers: HTTPFields = [:], body: [UInt8]) {
        var headers = headers
        headers[.contentType] = contentType
        self.init(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }

    /// An answer in JSON.
    init(_ status: HTTPResponse.Status, headers: HTTPFields = [:], json: JSONWriter) {
        self.init(status, contentType: "application/json", headers: headers, body: json.bytes)
    }
}
