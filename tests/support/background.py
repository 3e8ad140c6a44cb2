"""What goes on in threads for as long as a block lasts."""
import threading


class Background:
    """Runs work(i) for i below `count`, each in a thread; work returns when `going` is over."""

    def __init__(self, count):
        self.going, self.lock = True, threading.Lock()
        self.threads = [threading.Thread(target=self.work, args=(i,)) for i in range(count)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.going = False
        for thread in self.threads:
            thread.join()
