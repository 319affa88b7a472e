"""Calls of Windows that need no rights: echoes, ticks, who may read a file. Elsewhere they say little."""

import sys
import time

if sys.platform == "win32":
    import ctypes
    import ipaddress
    import struct
    from ctypes import wintypes

    _REPLY_SIZE = 256
    _OWNER_AND_RIGHTS = 0x1 | 0x4

    def _echo_handle() -> ctypes.c_void_p | None:
        library = ctypes.windll.iphlpapi
        library.IcmpCreateFile.restype = ctypes.c_void_p
        handle = library.IcmpCreateFile()
        return None if handle in (None, ctypes.c_void_p(-1).value) else ctypes.c_void_p(handle)

    def may_echo() -> bool:
        """Does Windows let this process send echoes?"""
        handle = _echo_handle()
        if handle is None:
            return False
        ctypes.windll.iphlpapi.IcmpCloseHandle(handle)
        return True

    def send_echo(address: str, timeout: float) -> tuple[int, bytes]:
        """(number of replies, the ICMP_ECHO_REPLY) of one echo to an IPv4 address."""
        handle = _echo_handle()
        if handle is None:
            return 0, bytes(_REPLY_SIZE)
        try:
            number = struct.unpack("=I", ipaddress.IPv4Address(address).packed)[0]
            reply = ctypes.create_string_buffer(_REPLY_SIZE)
            replies = ctypes.windll.iphlpapi.IcmpSendEcho(
                handle, number, b"laaswatch", 9, None, reply, _REPLY_SIZE, int(timeout * 1000)
            )
            return replies, reply.raw
        finally:
            ctypes.windll.iphlpapi.IcmpCloseHandle(handle)

    def tick_ms() -> int:
        """Milliseconds since the boot, sleep included (GetTickCount64)."""
        count = ctypes.windll.kernel32.GetTickCount64
        count.restype = ctypes.c_ulonglong
        return int(count())

    def descriptor(path: str) -> str:
        """A file's security descriptor as a string: owner and access list. Raises OSError."""
        security, text = ctypes.c_void_p(), wintypes.LPWSTR()
        library, kernel = ctypes.windll.advapi32, ctypes.windll.kernel32
        error = library.GetNamedSecurityInfoW(
            ctypes.c_wchar_p(path), 1, _OWNER_AND_RIGHTS, None, None, None, None,
            ctypes.byref(security),
        )  # fmt: skip
        if error:
            raise OSError(0, "GetNamedSecurityInfo", path, error)
        try:
            if not library.ConvertSecurityDescriptorToStringSecurityDescriptorW(
                security, 1, _OWNER_AND_RIGHTS, ctypes.byref(text), None
            ):
                raise OSError(0, "ConvertSecurityDescriptor", path, kernel.GetLastError())
            try:
                return text.value or ""
            finally:
                kernel.LocalFree(ctypes.cast(text, ctypes.c_void_p))
        finally:
            kernel.LocalFree(security)

else:

    def may_echo() -> bool:
        """Does Windows let this process send echoes?"""
        return False

    def send_echo(_address: str, _timeout: float) -> tuple[int, bytes]:
        """(number of replies, the ICMP_ECHO_REPLY) of one echo to an IPv4 address."""
        return 0, bytes(256)

    def tick_ms() -> int:
        """Milliseconds since the boot, sleep included (GetTickCount64)."""
        return time.monotonic_ns() // 1_000_000

    def descriptor(path: str) -> str:
        """A file's security descriptor as a string: owner and access list. Raises OSError."""
        raise OSError(f"{path}: rights are not written that way here")
