/* git.exe, bash.exe and sh.exe of the lab. It sends what it was called with to relay.py, passes on its standard input,
 * prints what comes back and ends with the exit code it is told. A file relay.txt one folder up, or in the folder of
 * this program, holds the port and the password of the relay. Numbers are four bytes, the lowest first. */

#include <winsock2.h>
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_CODE, TO_STDOUT, TO_STDERR };

static SOCKET relay;
static char *message;
static DWORD used, room;

static void give_up(const char *why)
{
    fprintf(stderr, "lab: %s\n", why);
    ExitProcess(125);
}

static int transfer(int (WINAPI *move)(SOCKET, char *, int, int), char *data, DWORD size)
{
    while (size) {
        int moved = move(relay, data, (int)size, 0);
        if (moved <= 0) return 0;
        data += moved;
        size -= moved;
    }
    return 1;
}

static int WINAPI sending(SOCKET to, char *data, int size, int flags) { return send(to, data, size, flags); }

static int WINAPI receiving(SOCKET from, char *data, int size, int flags) { return recv(from, data, size, flags); }

/* Every text of the message ends with a NUL, as it does in UTF-8 anyway. */
static void add(const wchar_t *text)
{
    DWORD size = WideCharToMultiByte(CP_UTF8, 0, text, -1, NULL, 0, NULL, NULL);
    if (used + size > room) message = realloc(message, room = (used + size) * 2);
    WideCharToMultiByte(CP_UTF8, 0, text, -1, message + used, size, NULL, NULL);
    used += size;
}

static void add_number(DWORD number)
{
    wchar_t text[16];
    swprintf(text, 16, L"%lu", number);
    add(text);
}

static DWORD WINAPI pass_input_on(void *input)
{
    static char data[65536];
    DWORD size = 0;
    do {
        if (!ReadFile(input, data, sizeof data, &size, NULL)) size = 0;
        if (!transfer(sending, (char *)&size, 4) || !transfer(sending, data, size)) break;
    } while (size);
    return 0;
}

static void find_relay(wchar_t *folder, struct sockaddr_in *address, char *password)
{
    const wchar_t *places[] = {L"%ls\\relay.txt", L"%ls\\..\\relay.txt"};
    wchar_t name[MAX_PATH + 32];
    unsigned port = 0;
    for (int i = 0; i < 2 && !port; i++) {
        swprintf(name, MAX_PATH + 32, places[i], folder);
        FILE *file = _wfopen(name, L"r");
        if (!file) continue;
        if (fscanf(file, "%u %63s", &port, password) != 2) port = 0;
        fclose(file);
    }
    if (!port) give_up("relay.txt is missing");
    address->sin_family = AF_INET;
    address->sin_port = htons((u_short)port);
    address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
}

int wmain(int count, wchar_t **words)
{
    static char data[1 << 16];
    wchar_t self[MAX_PATH], folder[32768], *name;
    char password[64];
    struct sockaddr_in address = {0};
    WSADATA unused;

    GetModuleFileNameW(NULL, self, MAX_PATH);
    name = wcsrchr(self, L'\\');
    *name++ = 0;
    find_relay(self, &address, password);
    WSAStartup(MAKEWORD(2, 2), &unused);
    relay = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(relay, (struct sockaddr *)&address, sizeof address)) give_up("the relay does not answer");

    HANDLE input = GetStdHandle(STD_INPUT_HANDLE), streams[3] = {0};
    streams[TO_STDOUT] = GetStdHandle(STD_OUTPUT_HANDLE);
    streams[TO_STDERR] = GetStdHandle(STD_ERROR_HANDLE);
    DWORD kind = input ? GetFileType(input) : FILE_TYPE_UNKNOWN;
    int has_input = kind == FILE_TYPE_PIPE || kind == FILE_TYPE_DISK;

    GetCurrentDirectoryW(32768, folder);
    add(name);
    add(folder);
    add_number(has_input);
    add_number(count - 1);
    for (int i = 1; i < count; i++) add(words[i]);
    for (wchar_t *variable = GetEnvironmentStringsW(); *variable; variable += wcslen(variable) + 1) add(variable);

    DWORD secret = (DWORD)strlen(password);
    transfer(sending, (char *)&secret, 4);
    transfer(sending, password, secret);
    transfer(sending, (char *)&used, 4);
    transfer(sending, message, used);
    if (has_input) CreateThread(NULL, 0, pass_input_on, input, 0, NULL);

    for (;;) {
        DWORD head[2], written;
        if (!transfer(receiving, (char *)head, sizeof head)) give_up("the relay went away");
        if (head[0] == EXIT_CODE) ExitProcess(head[1]);
        if (head[1] > sizeof data || !transfer(receiving, data, head[1])) give_up("the relay went away");
        for (DWORD done = 0; done < head[1]; done += written)
            if (!WriteFile(streams[head[0]], data + done, head[1] - done, &written, NULL)) break;
    }
}
