// SPDX-License-Identifier: GPL-2.0-only
/*
 * include/probe/ring.h, compiled as it is, between two real threads: every
 * record arrives once, whole and in order, and the consumer never sleeps in front of a
 * record that is to wake it. It sleeps in both ways that there are, in turn: for any
 * record, and for an urgent one or a ring that is filling. An emulator that runs one CPU after the other can show
 * neither a data race nor a lost wake-up; this can.
 *
 *	ring RECORDS	exit status 0, or 1 with a line on what went wrong
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <probe/ring.h>

#define SIZE 4096		/* small, so that it wraps and fills all the time */
#define MAX_WORDS 12
#define LOST_NS 2000000000UL	/* asleep so long in front of a record: lost */

struct record {
	unsigned long words;	/* in all */
	unsigned long number;
	unsigned long filling[];
};

static struct probe_ring ring;
static u8 wake;		/* enum probe_wake */
static bool woken;
static bool done;	/* nothing comes any more */
static unsigned long records, sleeps, backoffs, fulls, wakes, unwoken;

/* A stretch without any urgent one fills the ring; in others it is one in eight. */
static bool is_urgent(unsigned long number)
{
	return number & 1024 && number % 8 == 5;
}

static unsigned long now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000UL + ts.tv_nsec;
}

static void fail(const char *what, unsigned long number)
{
	printf("ring: %s at record %lu\n", what, number);
	exit(1);
}

/*
 * Now and then wait until all is consumed that wakes the consumer, for a lost wake-up
 * goes unnoticed where the next record wakes it all the same; after that a different
 * number of spins each time, so that the threads meet at every instruction.
 */
static void dawdle(unsigned long number, unsigned long *seed)
{
	unsigned long n, spins = 0;

	*seed = *seed * 6364136223846793005UL + 1442695040888963407UL;
	if (number & 4096 || *seed >> 40 & 3)
		return;		/* in every other stretch never, to fill the ring */
	while (READ_ONCE(ring.tail) != ring.head &&
	       (is_urgent(number) || probe_ring_is_filling(&ring) ||
		READ_ONCE(wake) != PROBE_WAKE_URGENT))
		if (++spins % 4096 == 0)
			sched_yield();
	for (n = *seed >> 33 & 0x7f; n; n--)
		__asm__ __volatile__("" ::: "memory");
}

static void *produce(void *unused)
{
	unsigned long number, seed = 1, i;

	for (number = 0; number < records; number++) {
		unsigned long words = 2 + number % (MAX_WORDS - 2);
		struct record *rec;
		bool was_full = false;

		while (!(rec = probe_ring_reserve(&ring, words * sizeof(long))))
			was_full = true;
		fulls += was_full;
		rec->words = words;
		rec->number = number;
		for (i = 0; i < words - 2; i++)
			rec->filling[i] = number * i;
		probe_ring_publish(&ring, words * sizeof(long));
		if (probe_ring_may_wake(&wake)) {
			if (probe_ring_must_wake(&ring, &wake, is_urgent(number))) {
				WRITE_ONCE(wake, PROBE_WAKE_NONE);
				WRITE_ONCE(woken, true);
				wakes++;
			} else {
				unwoken++;
			}
		}
		dawdle(number, &seed);
	}
	WRITE_ONCE(done, true);
	return unused;
}

/* As drain.h: is there a record that the consumer must not sleep in front of? */
static bool is_pending(enum probe_wake how)
{
	unsigned long end = probe_ring_end(&ring), pos = ring.tail;

	if (how == PROBE_WAKE_ANY)
		return pos != end;
	if (probe_ring_is_filling(&ring))
		return true;
	while (pos != end) {
		const struct record *rec = probe_ring_at(&ring, pos);

		if (is_urgent(rec->number))
			return true;
		pos += rec->words * sizeof(long);
	}
	return false;
}

static void sleep_until_woken(enum probe_wake how, unsigned long number)
{
	unsigned long spins = 0, since = 0;

	sleeps++;
	backoffs += how == PROBE_WAKE_URGENT;
	while (!READ_ONCE(woken)) {
		if (++spins % 4096)
			continue;
		sched_yield();
		/* The timeout: the last records may be none that wake. */
		if (READ_ONCE(done) && !is_pending(how))
			return;
		if (!is_pending(how))
			continue;
		if (!since)
			since = now_ns();
		else if (now_ns() - since > LOST_NS)
			fail("asleep in front of a record, the wake-up is lost", number);
	}
}

static void consume(void)
{
	enum probe_wake how = PROBE_WAKE_ANY;
	unsigned long number = 0, i;

	while (number < records) {
		unsigned long end = probe_ring_end(&ring);

		while (ring.tail != end) {
			struct record *rec = probe_ring_at(&ring, ring.tail);

			if (rec->number != number)
				fail("lost or doubled", number);
			if (rec->words != 2 + number % (MAX_WORDS - 2))
				fail("wrong length", number);
			for (i = 0; i < rec->words - 2; i++)
				if (rec->filling[i] != number * i)
					fail("damaged", number);
			number++;
			probe_ring_consume(&ring, rec->words * sizeof(long));
		}
		if (number == records)
			break;
		WRITE_ONCE(woken, false);
		probe_ring_sleep(&wake, how);
		if (!is_pending(how))
			sleep_until_woken(how, number);
		WRITE_ONCE(wake, PROBE_WAKE_NONE);
		how = how == PROBE_WAKE_ANY ? PROBE_WAKE_URGENT : PROBE_WAKE_ANY;
	}
}

int main(int argc, char **argv)
{
	int fd = memfd_create("ring", 0);
	pthread_t producer;

	records = argc > 1 ? strtoul(argv[1], NULL, 0) : 10000000;
	if (fd < 0 || ftruncate(fd, SIZE)) {
		perror("ring: memfd");
		return 1;
	}
	ring.data = mmap(NULL, 2 * SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (ring.data == MAP_FAILED ||
	    mmap(ring.data, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED ||
	    mmap(ring.data + SIZE, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED) {
		perror("ring: mmap");
		return 1;
	}
	ring.size = SIZE;

	if (pthread_create(&producer, NULL, produce, NULL)) {
		perror("ring: thread");
		return 1;
	}
	consume();
	pthread_join(producer, NULL);
	printf("ring: %lu records, %lu sleeps (%lu backing off), %lu wake-ups, %lu records that needed none, %lu times full\n",
	       records, sleeps, backoffs, wakes, unwoken, fulls);
	return !backoffs || backoffs == sleeps || !unwoken || !fulls;
}
