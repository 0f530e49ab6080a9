"""A little of libpq for the stand-ins, which have no driver to lean on."""
import ctypes
import ctypes.util

library = ctypes.CDLL(ctypes.util.find_library("pq"))
for name, result in [("PQconnectdb", ctypes.c_void_p), ("PQexecParams", ctypes.c_void_p), ("PQexec", ctypes.c_void_p),
                     ("PQgetvalue", ctypes.c_char_p), ("PQerrorMessage", ctypes.c_char_p)]:
    getattr(library, name).restype = result


class Failed(Exception):
    pass


class Connection:
    def __init__(self, address):
        self.raw = ctypes.c_void_p(library.PQconnectdb(address.encode()))
        if library.PQstatus(self.raw) != 0:
            raise Failed("no connection")

    def rows(self, result):
        result = ctypes.c_void_p(result)
        if library.PQresultStatus(result) not in (0, 1, 2):  # empty, command, tuples
            raise Failed(library.PQerrorMessage(self.raw).decode())
        return [[library.PQgetvalue(result, row, column).decode() for column in range(library.PQnfields(result))]
                for row in range(library.PQntuples(result))]

    def script(self, text):
        """One message of the simple protocol: one implicit transaction, unless the text says otherwise."""
        return self.rows(library.PQexec(self.raw, text.encode()))

    def query(self, text, *values):
        given = (ctypes.c_char_p * len(values))(*[None if value is None else str(value).encode() for value in values])
        return self.rows(library.PQexecParams(self.raw, text.encode(), len(values), None, given, None, None, 0))
