// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compiles include/probe/ring.h unchanged and uses it between two real threads. Every record
 * must arrive once, complete and in order, and the consumer must never sleep while a record that
 * should wake it is in the ring. The consumer alternates between both kinds of sleep: until any
 * record, and until an urgent record or a filling ring. An emulator that runs one CPU after the
 * other can show neither a data race nor a lost wake-up.
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

#define SIZE 4096		/* small, so that it wraps and fills often */
#define MAX_WORDS 12
#define LOST_NS 2000000000UL	/* a wake-up that takes longer is lost */

struct record {
	unsigned long words;	/* of the whole record */
	unsigned long number;
	unsigned long filling[];
};

static struct probe_ring ring;
static u8 wake;		/* enum probe_wake */
static bool woken;
static bool done;	/* the producer has ended */
static unsigned long records, sleeps, backoffs, fulls, wakes, unwoken;

/* Of each 2048 records the first half has no urgent one, which lets the ring fill. */
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
 * Sometimes wait until the records that wake the consumer are consumed, because the next record
 * would hide a lost wake-up. Then spin for a random time, so that the threads interleave in
 * different ways.
 */
static void pause_sometimes(unsigned long number, unsigned long *seed)
{
	unsigned long n, spins = 0;

	*seed = *seed * 6364136223846793005UL + 1442695040888963407UL;
	if (number & 4096 || *seed >> 40 & 3)
		return;		/* half of the records are without pauses, to fill the ring */
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
		pause_sometimes(number, &seed);
	}
	WRITE_ONCE(done, true);
	return unused;
}

/* Is a record in the ring that must wake the consumer? drain.h has the same check. */
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
		/* No record wakes the consumer at the end; drain.h has a timeout for that. */
		if (READ_ONCE(done) && !is_pending(how))
			return;
		if (!is_pending(how))
			continue;
		if (!since)
			since = now_ns();
		else if (now_ns() - since > LOST_NS)
			fail("the consumer sleeps with a record in the ring: lost wake-up", number);
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
				fail("a record is lost or duplicated", number);
			if (rec->words != 2 + number % (MAX_WORDS - 2))
				fail("the length is wrong", number);
			for (i = 0; i < rec->words - 2; i++)
				if (rec->filling[i] != number * i)
					fail("the contents are wrong", number);
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
	ring.mask = SIZE - 1;
	ring.limit = SIZE;

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
