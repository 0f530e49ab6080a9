import Expat

/// An element of what a service answers: a few levels of names and short texts.
struct AnswerElement: Sendable {
  let name: String
  /// Of an element without others in it.
  private(set) var text = ""
  private(set) var children: [AnswerElement] = []

  private static let deepest = 12
  /// A page of a listing holds 1,000 entries of about ten elements.
  private static let most = 60_000

  /// The first of that name within this one.
  subscript(_ name: String) -> AnswerElement? { children.first { $0.name == name } }

  func all(_ name: String) -> [AnswerElement] { children.filter { $0.name == name } }

  /// `nil` for anything but one well-formed document within the bounds.
  init?(parsing bytes: [UInt8]) {
    let builder = Builder()
    // A service that takes long sends blanks first, to keep the connection.
    let document = bytes.drop { $0 == 0x20 || $0 == 0x0a || $0 == 0x0d || $0 == 0x09 }
    do throws(XMLStreamError) {
      let stream = try XMLStream(builder.handlers, maximumDepth: Self.deepest, maximumLength: 64 << 10)
      try Array(document).withUnsafeBufferPointer { (buffer) throws(XMLStreamError) in
        try stream.feed(UnsafeRawBufferPointer(buffer))
      }
      try stream.finish()
    } catch {
      return nil
    }
    guard let root = builder.root else { return nil }
    self = root
  }

  private init(name: String) { self.name = name }

  private final class Builder {
    var root: AnswerElement?
    private var open: [AnswerElement] = []
    private var bytes: [UInt8] = []
    private var count = 0

    /// Good for as long as this object is there, which the caller sees to.
    var handlers: XMLHandlers {
      XMLHandlers(
        start: { [unowned self] name, _ in begin(name.text) }, end: { [unowned self] _ in end() },
        text: { [unowned self] piece in
          bytes.append(contentsOf: piece)
          return true
        })
    }

    private func begin(_ name: String) -> Bool {
      count += 1
      guard count <= AnswerElement.most else { return false }
      open.append(AnswerElement(name: name))
      bytes.removeAll(keepingCapacity: true)
      return true
    }

    private func end() -> Bool {
      guard var element = open.popLast() else { return false }
      if element.children.isEmpty { element.text = String(decoding: bytes, as: UTF8.self) }
      bytes.removeAll(keepingCapacity: true)
      if open.isEmpty { root = element } else { open[open.count - 1].children.append(element) }
      return true
    }
  }
}
